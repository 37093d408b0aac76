// SPDX-License-Identifier: Apache-2.0
//
// A few lines of code in a panel, with a button that copies all of them. As high as its text, up to a bound; lines that
// are too long go on in the next one. Interface thread.
#pragma once

#include <QWidget>

class QPlainTextEdit;
class QToolButton;

namespace pivotbench::app {

class CodeBlock : public QWidget {
    Q_OBJECT

public:
    /// `name`: what the text is, such as "System call".
    explicit CodeBlock(const QString &name, QWidget *parent = nullptr);

    [[nodiscard]] QString text() const { return m_whole; }
    void setText(const QString &text);

signals:
    void copied();

protected:
    void changeEvent(QEvent *event) override;
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    void setFonts();
    void fit();
    [[nodiscard]] int textWidth() const;

    QString m_whole;
    QPlainTextEdit *m_text;
    QToolButton *m_copy;
};

} // namespace pivotbench::app
