// SPDX-License-Identifier: Apache-2.0
//
// A Chromium without a window that shows one page, driven by a test: it ends with its owner. Everything the page
// complains of and everything it asks for is kept. Source: the Chrome DevTools Protocol over a pipe
// (--remote-debugging-pipe: it reads messages from descriptor 3 and writes them to 4, each ended by a NUL).
#pragma once

#include <QByteArray>
#include <QJsonObject>
#include <QJsonValue>
#include <QProcess>
#include <QStringList>
#include <QTemporaryDir>

namespace pivotbench::test {

class Chromium {
public:
    [[nodiscard]] static QString program(); ///< empty where there is none

    Chromium() = default;
    ~Chromium();
    Chromium(const Chromium &) = delete;
    Chromium &operator=(const Chromium &) = delete;

    /// The reason why not; empty when it runs.
    [[nodiscard]] QString start();

    /// What the page is told of its reader, from the next open() on: "prefers-color-scheme" to "dark" and the like.
    void wish(const QString &feature, const QString &value);
    /// Writes a file and shows it. Forgets what the page before complained of.
    void open(const QByteArray &page, const QString &hash = {});
    /// Of an expression in the page, which may be a promise.
    QJsonValue value(const QString &expression);
    /// Whether an expression becomes true within `milliseconds`.
    bool becomes(const QString &expression, int milliseconds = 15000);
    void press(const QString &key); ///< as KeyboardEvent.key calls it
    QByteArray picture();           ///< PNG
    void resize(int width, int height);

    [[nodiscard]] QStringList complaints(); ///< errors, warnings, exceptions, and broken rules of the page's policy
    [[nodiscard]] QStringList requests() const { return m_requests; } ///< but for the page itself

private:
    QJsonObject call(const QString &method, const QJsonObject &parameters = {});
    /// Reads until the answer of `id` is there, or until nothing came for `milliseconds`; null then.
    QJsonObject read(int id, int milliseconds);
    void notice(const QJsonObject &event);

    QTemporaryDir m_folder;
    QProcess m_process;
    int m_toBrowser = -1;
    int m_fromBrowser = -1;
    int m_lastId = 0;
    int m_pages = 0;
    QByteArray m_received;
    QString m_session;
    QString m_url;
    bool m_loaded = false;
    QJsonObject m_wishes;
    QStringList m_complaints;
    QStringList m_requests;
};

} // namespace pivotbench::test
