// SPDX-License-Identifier: Apache-2.0
//
// What a window shows while nothing is open: recent sandboxes, presets with a Run button each, and one line on what
// this machine can do. Owned by its window; interface thread.
#pragma once

#include "core/host/doctor.h"

#include <QScrollArea>
#include <vector>

class QAction;
class QGridLayout;
class QLabel;
class QVBoxLayout;

namespace pivotbench::app {

class AppContext;
class Banner;

class StartPage : public QScrollArea {
    Q_OBJECT

public:
    StartPage(AppContext &context, QAction *newAction, QAction *openAction, QWidget *parent = nullptr);

signals:
    void presetRequested(const QString &id, bool run);
    void fileRequested(const QString &path);

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    void refreshRecent();
    void examineMachine();
    void showMachine(const std::vector<core::Check> &checks);

    AppContext &m_context;
    QLabel *m_recentTitle;
    QVBoxLayout *m_recent;
    Banner *m_machine;
    bool m_examined = false;
};

} // namespace pivotbench::app
