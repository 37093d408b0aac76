// SPDX-License-Identifier: Apache-2.0
//
// Notices when a layer's folder vanishes, comes back or is replaced by another: watches (inotify(7)) the folders above
// it, and looks whether it is still the same when something changes there. What changes inside a layer is not watched.
// Looks beside the interface, since a layer may lie on a filesystem that hangs. Owned by its window; interface thread.
#pragma once

#include <QObject>
#include <QTimer>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

class QFileSystemWatcher;

namespace pivotbench::app {

class LayerWatch : public QObject {
    Q_OBJECT

public:
    explicit LayerWatch(QObject *parent = nullptr);
    ~LayerWatch() override;

    /// Absolute paths, from now on; what is there now is the measure.
    void watch(std::vector<std::string> layers);

signals:
    /// One is gone, back, or another.
    void changed();

private:
    /// Device and inode.
    using Identity = std::pair<std::uint64_t, std::uint64_t>;
    struct Seen {
        std::map<std::string, std::optional<Identity>> layers;
        std::map<std::string, Identity> above; ///< the folders on the way to them, as far as they are there
        bool operator==(const Seen &) const = default;
    };
    static Seen look(const std::vector<std::string> &layers);
    void lookAgain();
    void take(Seen seen);

    QTimer m_timer;
    std::unique_ptr<QFileSystemWatcher> m_watcher; ///< null until there is a layer
    std::vector<std::string> m_layers;
    std::optional<Seen> m_seen; ///< absent until these were looked at
    bool m_looking = false;
    bool m_again = false;
};

} // namespace pivotbench::app
