// SPDX-License-Identifier: Apache-2.0
//
// A line to search or filter with: an icon, a button that clears, Escape that clears too. Interface thread only.
#pragma once

#include <QLineEdit>

namespace pivotbench::app {

class SearchField : public QLineEdit {
    Q_OBJECT

public:
    // `placeholder` is its accessible name as well, such as "Filter mounts".
    explicit SearchField(const QString &placeholder, QWidget *parent = nullptr);

signals:
    // Down or Enter: on to the results.
    void leftForResults();

protected:
    void keyPressEvent(QKeyEvent *event) override;
};

} // namespace pivotbench::app
