// SPDX-License-Identifier: Apache-2.0
#include "app/document/sandbox_document.h"

#include "app/base/background.h"
#include "app/base/text.h"
#include "core/spec/spec_json.h"

#include <QFileInfo>

namespace pivotbench::app {

using namespace core;

namespace {

/// Merged edits have to follow each other without a pause that a person would call one.
constexpr int mergeId = 1;

} // namespace

/// The specs before and after: small, and undo cannot go wrong.
class SandboxDocument::EditCommand : public QUndoCommand {
public:
    EditCommand(SandboxDocument &document, const QString &text, std::shared_ptr<const SandboxSpec> after,
                QString mergeKey)
        : QUndoCommand(text + '\n' + withoutMnemonic(text)) // as it is, and as an action's text
        , m_document(document)
        , m_before(document.m_spec)
        , m_after(std::move(after))
        , m_mergeKey(std::move(mergeKey))
    {
    }

    void undo() override { m_document.set(m_before); }
    void redo() override { m_document.set(m_after); }
    [[nodiscard]] int id() const override { return m_mergeKey.isEmpty() ? -1 : mergeId; }

    bool mergeWith(const QUndoCommand *later) override
    {
        const auto &next = static_cast<const EditCommand &>(*later); // NOLINT: ids tell commands apart
        if (next.m_mergeKey != m_mergeKey)
            return false;
        m_after = next.m_after;
        setObsolete(*m_after == *m_before);
        return true;
    }

private:
    SandboxDocument &m_document;
    std::shared_ptr<const SandboxSpec> m_before;
    std::shared_ptr<const SandboxSpec> m_after;
    QString m_mergeKey;
};

SandboxDocument::SandboxDocument(QObject *parent)
    : QObject(parent)
    , m_spec(std::make_shared<const SandboxSpec>())
{
    connect(&m_history, &QUndoStack::cleanChanged, this, &SandboxDocument::titleChanged);
}

QString SandboxDocument::title() const
{
    if (m_empty)
        return {};
    if (!m_spec->name.empty())
        return shown(m_spec->name);
    return m_path.isEmpty() ? tr("Unnamed sandbox") : QFileInfo(m_path).completeBaseName();
}

void SandboxDocument::edit(const QString &text, const std::function<void(SandboxSpec &)> &change,
                           const QString &mergeKey)
{
    auto after = std::make_shared<SandboxSpec>(*m_spec);
    change(*after);
    if (*after == *m_spec)
        return;
    m_history.push(new EditCommand(*this, text, std::move(after), mergeKey));
}

void SandboxDocument::set(std::shared_ptr<const SandboxSpec> spec)
{
    const bool renamed = spec->name != m_spec->name;
    m_spec = std::move(spec);
    ++m_revision;
    emit specChanged();
    if (renamed)
        emit titleChanged();
}

void SandboxDocument::begin(SandboxSpec spec, const QString &path, bool recovered)
{
    ++m_opening; // what is still being read is no longer wanted
    m_empty = false;
    m_reading = false;
    m_recovered = recovered;
    m_path = path;
    m_history.clear();
    set(std::make_shared<const SandboxSpec>(std::move(spec)));
    emit titleChanged();
    emit opened();
}

void SandboxDocument::replace(SandboxSpec spec, const QString &path) { begin(std::move(spec), path, false); }

void SandboxDocument::recover(SandboxSpec spec, const QString &path) { begin(std::move(spec), path, true); }

void SandboxDocument::open(const QString &path)
{
    const std::uint64_t own = ++m_opening;
    m_reading = true;
    runBeside(
        this, [file = QFileInfo(path).absoluteFilePath()] { return loadDocument(file.toStdString()); },
        [this, own, path](Result<SandboxSpec> spec) {
            if (own != m_opening)
                return;
            m_reading = false;
            if (spec)
                replace(std::move(*spec), QFileInfo(path).absoluteFilePath());
            else
                emit failed(spec.error());
        });
}

void SandboxDocument::save(const QString &path)
{
    if (m_saving)
        return;
    m_saving = true;
    const QString file = QFileInfo(path).absoluteFilePath();
    const int written = m_history.index();
    runBeside(
        this, [spec = m_spec, file] { return saveSpec(*spec, file.toStdString()); },
        [this, file, written, spec = m_spec](const Status &done) {
            m_saving = false;
            if (!done) {
                emit failed(done.error());
                return;
            }
            m_path = file;
            m_recovered = false;
            // A change that came meanwhile is not in the file; what came and went again is.
            if (m_spec == spec || *m_spec == *spec)
                m_history.setClean();
            else if (m_history.index() > written)
                m_history.resetClean();
            emit titleChanged();
            emit saved();
        });
}

} // namespace pivotbench::app
