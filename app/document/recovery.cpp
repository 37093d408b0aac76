// SPDX-License-Identifier: Apache-2.0
#include "app/document/recovery.h"

#include "app/base/background.h"
#include "core/base/file.h"
#include "core/spec/spec_json.h"

#include <QDir>
#include <QFile>
#include <QScopeGuard>
#include <QUuid>
#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace pivotbench::app {

using namespace core;

namespace {

constexpr int pauseMs = 700; ///< after the last change
constexpr std::size_t longestPath = 4096;

std::string nameOf(const QString &path) { return QFile::encodeName(path).toStdString(); }

void removeFiles(const QString &base)
{
    QFile::remove(base + ".pbox");
    QFile::remove(base + ".lock");
}

std::shared_ptr<UniqueFd> tryLock(const QString &file, int flags)
{
    auto lock = std::make_shared<UniqueFd>(::open(nameOf(file).c_str(), flags | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!*lock || ::flock(lock->get(), LOCK_EX | LOCK_NB) != 0)
        return nullptr;
    return lock;
}

/// The lock's file says where the document came from. What is no longer wanted when it is written goes again.
Status writeCopy(const QString &base, const std::shared_ptr<UniqueFd> &lock, const SandboxSpec &spec,
                 const QString &path, const std::atomic<bool> &unwanted)
{
    const auto cleanUp = qScopeGuard([&] {
        if (unwanted)
            removeFiles(base);
    });
    if (Status saved = saveSpec(spec, nameOf(base + ".pbox")); !saved)
        return saved;
    const std::string text = nameOf(path);
    if (::ftruncate(lock->get(), 0) != 0 || ::lseek(lock->get(), 0, SEEK_SET) != 0)
        return systemError("cannot write the recovery file", errno, nameOf(base + ".lock"));
    return writeAll(lock->get(), text, nameOf(base + ".lock"));
}

} // namespace

QString recoveryDirectory()
{
    const QString state = qEnvironmentVariable("XDG_STATE_HOME");
    return (QDir::isAbsolutePath(state) ? state : QDir::homePath() + "/.local/state") + "/pivotbench/recovery";
}

std::vector<LostDocument> findLostDocuments(const QString &directory)
{
    std::vector<LostDocument> found;
    const QDir folder(directory);
    for (const QString &name : folder.entryList({"*.pbox"}, QDir::Files, QDir::Time)) {
        const QString file = folder.filePath(name);
        const QString lockFile = file.chopped(5) + ".lock";
        std::shared_ptr<UniqueFd> lock = tryLock(lockFile, 0);
        if (!lock)
            continue; // somebody works on it
        Result<SandboxSpec> spec = loadDocument(nameOf(file));
        const Result<std::string> path = readFile(nameOf(lockFile), longestPath);
        if (spec)
            found.push_back({.spec = std::move(*spec),
                             .path = path ? QFile::decodeName(QByteArray::fromStdString(*path)) : QString(),
                             .recoveryFile = file,
                             .lock = std::move(lock)});
    }
    return found;
}

void forget(const LostDocument &lost) { removeFiles(lost.recoveryFile.chopped(5)); }

Recovery::Recovery(SandboxDocument &document, QString directory, QObject *parent)
    : QObject(parent)
    , m_document(document)
    , m_directory(std::move(directory))
{
    m_soon.setSingleShot(true);
    m_soon.setInterval(pauseMs);
    connect(&m_soon, &QTimer::timeout, this, &Recovery::write);
    connect(&document, &SandboxDocument::specChanged, this, &Recovery::changed);
    connect(&document, &SandboxDocument::titleChanged, this, &Recovery::changed);
}

Recovery::~Recovery() { remove(); }

void Recovery::changed()
{
    if (m_document.isModified())
        m_soon.start();
    else if (!m_writing)
        remove();
}

void Recovery::write()
{
    if (m_broken || !m_document.isModified())
        return;
    if (m_writing) { // its end asks again
        m_soon.start();
        return;
    }
    if (m_base.isEmpty()) {
        const QString base = m_directory + "/" + QUuid::createUuid().toString(QUuid::WithoutBraces);
        QDir().mkpath(m_directory);
        m_lock = tryLock(base + ".lock", O_CREAT | O_EXCL);
        if (!m_lock) {
            m_broken = true;
            emit broken(systemError("unsaved work cannot be kept safe", errno, nameOf(m_directory)).error());
            return;
        }
        m_base = base;
    }
    m_writing = true;
    m_unwanted = std::make_shared<std::atomic<bool>>(false);
    runBeside(
        this,
        [base = m_base, lock = m_lock, spec = m_document.spec(), path = m_document.path(), unwanted = m_unwanted] {
            return writeCopy(base, lock, spec, path, *unwanted);
        },
        [this, revision = m_document.revision()](const Status &done) {
            m_writing = false;
            if (!done && !std::exchange(m_broken, true))
                emit broken(done.error());
            if (!m_document.isModified() || m_document.revision() != revision)
                changed();
        });
}

void Recovery::remove()
{
    m_soon.stop();
    if (m_base.isEmpty())
        return;
    if (m_unwanted)
        *m_unwanted = true;
    removeFiles(m_base);
    m_base.clear();
    m_lock.reset();
}

} // namespace pivotbench::app
