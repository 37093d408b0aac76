// SPDX-License-Identifier: Apache-2.0
#include "app/document/layer_watch.h"

#include "app/base/background.h"
#include "app/base/text.h"

#include <QFileSystemWatcher>
#include <sys/stat.h>

namespace pivotbench::app {
namespace {

/// Folders such as /tmp never rest; and what is replaced is gone and back in two events.
constexpr int settleMs = 200;
/// Far from what inotify allows a user; the layers of a spec seldom have more folders above them together.
constexpr std::size_t mostAbove = 64;

std::optional<std::pair<std::uint64_t, std::uint64_t>> identityOf(const std::string &path)
{
    struct stat status = {};
    if (::stat(path.c_str(), &status) != 0)
        return {};
    return std::pair(std::uint64_t{status.st_dev}, std::uint64_t{status.st_ino});
}

} // namespace

LayerWatch::LayerWatch(QObject *parent)
    : QObject(parent)
{
    m_timer.setSingleShot(true);
    m_timer.setInterval(settleMs);
    connect(&m_timer, &QTimer::timeout, this, &LayerWatch::lookAgain);
}

LayerWatch::~LayerWatch() = default;

void LayerWatch::watch(std::vector<std::string> layers)
{
    if (layers == m_layers)
        return;
    m_layers = std::move(layers);
    m_seen.reset();
    lookAgain();
}

LayerWatch::Seen LayerWatch::look(const std::vector<std::string> &layers)
{
    Seen seen;
    for (const std::string &layer : layers) {
        seen.layers[layer] = identityOf(layer);
        for (std::size_t slash = layer.rfind('/'); slash != std::string::npos && seen.above.size() < mostAbove;
             slash = slash == 0 ? std::string::npos : layer.rfind('/', slash - 1)) {
            const std::string above = slash == 0 ? "/" : layer.substr(0, slash);
            if (seen.above.contains(above))
                break; // and so are those above it
            if (const std::optional<Identity> identity = identityOf(above))
                seen.above[above] = *identity;
        }
    }
    return seen;
}

void LayerWatch::lookAgain()
{
    m_again = m_looking;
    if (m_looking)
        return;
    m_looking = true;
    runBeside(
        this, [layers = m_layers] { return std::pair(layers, look(layers)); },
        [this](std::pair<std::vector<std::string>, Seen> answer) {
            m_looking = false;
            if (answer.first == m_layers)
                take(std::move(answer.second));
            if (m_again)
                lookAgain();
        });
}

void LayerWatch::take(Seen seen)
{
    if (m_seen == seen)
        return;
    const bool differs = m_seen && m_seen->layers != seen.layers;
    m_seen = std::move(seen);
    // A watch is on the folder that had the name, not on the name.
    m_watcher.reset();
    if (!m_seen->above.empty()) {
        QStringList above;
        for (const auto &[path, identity] : m_seen->above)
            above << exact(path);
        m_watcher = std::make_unique<QFileSystemWatcher>(above);
        connect(m_watcher.get(), &QFileSystemWatcher::directoryChanged, this, [this] {
            if (!m_timer.isActive())
                m_timer.start();
        });
        m_timer.start(); // for what has changed before it was watched
    }
    if (differs)
        emit changed();
}

} // namespace pivotbench::app
