// SPDX-License-Identifier: Apache-2.0
#include "chromium.h"

#include <QElapsedTimer>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QStandardPaths>
#include <QThread>
#include <QUrl>

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace pivotbench::test {

QString Chromium::program()
{
    for (const char *name : {"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"})
        if (const QString found = QStandardPaths::findExecutable(QLatin1String(name)); !found.isEmpty())
            return found;
    return {};
}

Chromium::~Chromium()
{
    if (m_process.state() != QProcess::NotRunning && !m_session.isEmpty()) {
        m_session.clear();
        call("Browser.close");
    }
    if (m_toBrowser >= 0)
        ::close(m_toBrowser);
    if (m_fromBrowser >= 0)
        ::close(m_fromBrowser);
    if (m_process.state() != QProcess::NotRunning && !m_process.waitForFinished(5000)) {
        m_process.kill();
        m_process.waitForFinished();
    }
}

QString Chromium::start()
{
    int toBrowser[2];
    int fromBrowser[2];
    if (!m_folder.isValid() || ::pipe2(toBrowser, O_CLOEXEC) != 0)
        return "no folder or pipe for the browser";
    if (::pipe2(fromBrowser, O_CLOEXEC) != 0) {
        ::close(toBrowser[0]);
        ::close(toBrowser[1]);
        return "no pipe from the browser";
    }
    m_toBrowser = toBrowser[1];
    m_fromBrowser = fromBrowser[0];
    std::signal(SIGPIPE, SIG_IGN);
    m_process.setProgram(program());
    m_process.setArguments({"--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                            "--disable-background-networking", "--disable-component-update", "--disable-sync",
                            "--host-resolver-rules=MAP * ~NOTFOUND", "--hide-scrollbars", "--window-size=1280,800",
                            "--user-data-dir=" + m_folder.filePath("profile"), "--remote-debugging-pipe"});
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert("HOME", m_folder.path());
    m_process.setProcessEnvironment(environment);
    m_process.setStandardOutputFile(QProcess::nullDevice());
    m_process.setStandardErrorFile(m_folder.filePath("stderr"));
    m_process.setChildProcessModifier([in = toBrowser[0], out = fromBrowser[1]] {
        // Neither may be in the way of the other.
        const int input = ::fcntl(in, F_DUPFD, 10);
        const int output = ::fcntl(out, F_DUPFD, 10);
        ::dup2(input, 3);
        ::dup2(output, 4);
        ::close(input);
        ::close(output);
    });
    m_process.start();
    ::close(toBrowser[0]);
    ::close(fromBrowser[1]);
    if (!m_process.waitForStarted())
        return m_process.errorString();
    const QString target = call("Target.createTarget", {{"url", "about:blank"}})["targetId"].toString();
    m_session = call("Target.attachToTarget", {{"targetId", target}, {"flatten", true}})["sessionId"].toString();
    if (m_session.isEmpty()) {
        QFile file(m_folder.filePath("stderr"));
        return file.open(QIODevice::ReadOnly) ? "it gives no page: " + QString::fromUtf8(file.readAll().right(2000))
                                              : QString("it gives no page");
    }
    for (const char *domain : {"Page", "Runtime", "Log", "Network"})
        call(QLatin1String(domain) + QLatin1String(".enable"));
    return {};
}

void Chromium::wish(const QString &feature, const QString &value) { m_wishes[feature] = value; }

void Chromium::open(const QByteArray &page, const QString &hash)
{
    // Another name each time: with the same one a hash alone would not load the page again.
    QFile file(m_folder.filePath(QStringLiteral("page-%1.html").arg(++m_pages)));
    if (!file.open(QIODevice::WriteOnly) || file.write(page) != page.size()) {
        m_complaints << "cannot write the page";
        return;
    }
    file.close();
    QJsonArray features;
    for (auto wish = m_wishes.begin(); wish != m_wishes.end(); ++wish)
        features.append(QJsonObject{{"name", wish.key()}, {"value", wish.value()}});
    call("Emulation.setEmulatedMedia", {{"features", features}});
    QUrl url = QUrl::fromLocalFile(file.fileName());
    m_url = url.toString(QUrl::FullyEncoded);
    url.setFragment(hash);
    m_complaints.clear();
    m_requests.clear();
    m_loaded = false;
    call("Page.navigate", {{"url", url.toString(QUrl::FullyEncoded)}});
    while (!m_loaded)
        if (read(0, 15000).isEmpty() && !m_loaded) {
            m_complaints << "the page does not load";
            return;
        }
}

QJsonValue Chromium::value(const QString &expression)
{
    const QJsonObject answer =
        call("Runtime.evaluate", {{"expression", expression}, {"awaitPromise", true}, {"returnByValue", true}});
    if (answer.contains("exceptionDetails"))
        m_complaints << QString::fromUtf8(QJsonDocument(answer["exceptionDetails"].toObject()).toJson());
    return answer["result"].toObject()["value"];
}

bool Chromium::becomes(const QString &expression, int milliseconds)
{
    QElapsedTimer timer;
    for (timer.start(); timer.elapsed() < milliseconds; QThread::msleep(15))
        if (value(expression).toBool())
            return true;
    return false;
}

void Chromium::press(const QString &key)
{
    static const QHash<QString, int> codes{{" ", 32},         {"PageUp", 33},    {"PageDown", 34}, {"End", 35},
                                           {"Home", 36},      {"ArrowLeft", 37}, {"ArrowUp", 38},  {"ArrowRight", 39},
                                           {"ArrowDown", 40}, {"Tab", 9},        {"Enter", 13}};
    QJsonObject event{{"type", "keyDown"}, {"key", key}, {"windowsVirtualKeyCode", codes.value(key)}};
    if (key == " ")
        event["text"] = key;
    call("Input.dispatchKeyEvent", event);
    event["type"] = "keyUp";
    event.remove("text");
    call("Input.dispatchKeyEvent", event);
}

QByteArray Chromium::picture()
{
    return QByteArray::fromBase64(call("Page.captureScreenshot")["data"].toString().toLatin1());
}

void Chromium::resize(int width, int height)
{
    call("Emulation.setDeviceMetricsOverride",
         {{"width", width}, {"height", height}, {"deviceScaleFactor", 1}, {"mobile", false}});
}

QStringList Chromium::complaints()
{
    value("0"); // what came before the answer has come
    return m_complaints;
}

QJsonObject Chromium::call(const QString &method, const QJsonObject &parameters)
{
    const int id = ++m_lastId;
    QJsonObject message{{"id", id}, {"method", method}, {"params", parameters}};
    if (!m_session.isEmpty())
        message["sessionId"] = m_session;
    QByteArray bytes = QJsonDocument(message).toJson(QJsonDocument::Compact) + '\0';
    while (!bytes.isEmpty()) {
        const ssize_t written = ::write(m_toBrowser, bytes.constData(), static_cast<std::size_t>(bytes.size()));
        if (written < 0 && errno != EINTR)
            return {};
        bytes.remove(0, static_cast<qsizetype>(std::max<ssize_t>(written, 0)));
    }
    return read(id, 30000);
}

QJsonObject Chromium::read(int id, int milliseconds)
{
    for (;;) {
        for (qsizetype end = 0; (end = m_received.indexOf('\0')) >= 0;) {
            QJsonObject message = QJsonDocument::fromJson(m_received.left(end)).object();
            m_received.remove(0, end + 1);
            if (!message.contains("id")) {
                notice(message);
                if (id == 0)
                    return message;
            } else if (message["id"].toInt() == id) {
                return message["result"].toObject();
            }
        }
        pollfd ready{m_fromBrowser, POLLIN, 0};
        if (::poll(&ready, 1, milliseconds) <= 0)
            return {};
        char buffer[65536];
        const ssize_t count = ::read(m_fromBrowser, buffer, sizeof buffer);
        if (count <= 0)
            return {};
        m_received.append(buffer, static_cast<qsizetype>(count));
    }
}

void Chromium::notice(const QJsonObject &event)
{
    const QString method = event["method"].toString();
    const QJsonObject parameters = event["params"].toObject();
    const auto complain = [&](const QJsonValue &what) {
        m_complaints << method + ": " +
                            QString::fromUtf8(QJsonDocument(what.toObject()).toJson(QJsonDocument::Compact));
    };
    if (method == "Page.loadEventFired")
        m_loaded = true;
    else if (method == "Runtime.exceptionThrown")
        complain(parameters["exceptionDetails"]);
    else if (method == "Runtime.consoleAPICalled" || method == "Page.javascriptDialogOpening")
        complain(parameters);
    else if (method == "Log.entryAdded")
        complain(parameters["entry"]);
    else if (method == "Network.requestWillBeSent")
        if (const QString url = parameters["request"].toObject()["url"].toString(); url != m_url)
            m_requests << url;
}

} // namespace pivotbench::test
