// SPDX-License-Identifier: Apache-2.0
//
// The first workbench's ear: takes the command lines of later ones. A peer has seconds for its one message and gets one
// answer; there are few peers at a time, and only those of the same user. Owned by main; interface thread.
#pragma once

#include "app/workbench/instance_message.h"
#include "app/workbench/instance_socket.h"

#include <QObject>
#include <QSocketNotifier>

namespace pivotbench::app {

class InstanceListener : public QObject {
    Q_OBJECT

public:
    explicit InstanceListener(InstanceSocket socket, QObject *parent = nullptr);
    ~InstanceListener() override;

signals:
    /// Its sender has been told yes.
    void asked(const pivotbench::app::InstanceMessage &message);

private:
    class Peer;

    void accept();

    InstanceSocket m_socket;
    QSocketNotifier m_notifier;
};

} // namespace pivotbench::app
