// SPDX-License-Identifier: Apache-2.0
//
// A file manager with one entry: a window that a folder can be dragged out of. For the tour.
// Usage: drag_source FOLDER
#include <QApplication>
#include <QDrag>
#include <QLabel>
#include <QMimeData>
#include <QMouseEvent>
#include <QUrl>

namespace {

class Folder : public QLabel {
public:
    explicit Folder(const QString &path)
        : QLabel("the folder")
        , m_path(path)
    {
        setAccessibleName("the folder");
        setAlignment(Qt::AlignCenter);
        setGeometry(20, 640, 180, 120);
        setWindowFlag(Qt::WindowStaysOnTopHint);
        setWindowTitle("Files");
    }

protected:
    void mouseMoveEvent(QMouseEvent *event) override
    {
        if (!event->buttons().testFlag(Qt::LeftButton) || m_dragging)
            return;
        m_dragging = true;
        auto *mime = new QMimeData;
        mime->setUrls({QUrl::fromLocalFile(m_path)});
        auto *drag = new QDrag(this);
        drag->setMimeData(mime);
        drag->exec(Qt::CopyAction | Qt::LinkAction);
        m_dragging = false;
    }

private:
    QString m_path;
    bool m_dragging = false;
};

} // namespace

int main(int argc, char **argv)
{
    QApplication application(argc, argv);
    Folder folder(argc > 1 ? argv[1] : "/");
    folder.show();
    return QApplication::exec();
}
