// SPDX-License-Identifier: Apache-2.0
#include "app/widgets/search_field.h"

#include "app/widgets/icons.h"

#include <QKeyEvent>

namespace pivotbench::app {

SearchField::SearchField(const QString &placeholder, QWidget *parent)
    : QLineEdit(parent)
{
    setPlaceholderText(placeholder);
    setAccessibleName(placeholder);
    setClearButtonEnabled(true);
    addAction(icon(Icon::Search, Tone::Muted), QLineEdit::LeadingPosition);
}

void SearchField::keyPressEvent(QKeyEvent *event)
{
    switch (event->key()) {
    case Qt::Key_Escape:
        if (!text().isEmpty()) {
            clear();
            return;
        }
        break;
    case Qt::Key_Down:
    case Qt::Key_Return:
    case Qt::Key_Enter: emit leftForResults(); break;
    default: break;
    }
    QLineEdit::keyPressEvent(event);
}

} // namespace pivotbench::app
