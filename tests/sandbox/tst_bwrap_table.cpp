// SPDX-License-Identifier: Apache-2.0
//
// The same sandbox by bubblewrap and by Pivotbench: the mount table inside has to be the same, row by row, but for ids
// (of mounts, parents, peer groups, device minors) and for the differences that are written down here. Both are run by
// the ordinary user.
#include "sandbox_test.h"

#include <QStandardPaths>

using namespace pivotbench;
using core::MountEntry;
using test::Outcome;
using test::tableOf;

namespace {

/// A way in which the two differ on purpose.
struct Difference {
    const char *what;
    const char *why;
    bool (*expected)(const MountEntry &ourRoot, bool shared);      ///< whether a pair of tables has to show it
    void (*makeAlike)(MountEntry &ours, const MountEntry &theirs); ///< takes it out of a row of ours, and nothing else
};

constexpr Difference differences[] = {
    {"only bubblewrap's root has nosuid and nodev",
     "bubblewrap adds both to every bind; Pivotbench where the spec says so, and there is no such word for the root",
     [](const MountEntry &ourRoot, bool) {
         return ourRoot.options.find("nosuid") == std::string::npos ||
                ourRoot.options.find("nodev") == std::string::npos;
     },
     [](MountEntry &ours, const MountEntry &theirs) {
         for (const std::string_view extra : {",nosuid,nodev", ",nosuid", ",nodev"}) {
             std::string without = theirs.options;
             const std::size_t at = without.find(extra);
             if (ours.mountPoint == "/" && at != std::string::npos && without.erase(at, extra.size()) == ours.options)
                 ours.options = theirs.options;
         }
     }},
    {"what is shared on the host is a slave inside bubblewrap, and private inside Pivotbench",
     "later mounts of the host reach bubblewrap's; Pivotbench's keeps the mounts it was made with",
     [](const MountEntry &, bool shared) { return shared; },
     [](MountEntry &ours, const MountEntry &theirs) {
         if (core::propagationText(ours) == "private" && core::propagationText(theirs) == "slave")
             ours.master = theirs.master;
     }},
};

/// A row without what is only an id; a parent is named by its place.
QByteArray text(const core::MountTable &table, const MountEntry &entry)
{
    const std::size_t parent = table.parentOf(table.indexOf(entry.id));
    const std::string above = parent == core::MountTable::none ? "outside" : table.entries()[parent].mountPoint;
    const auto part = [](const std::string &value) { return QByteArray::fromStdString(value) + "  "; };
    return part(entry.mountPoint) + "on " + part(above) + QByteArray::number(entry.deviceMajor) + "  " +
           part(entry.root) + part(entry.options) + part(core::propagationText(entry)) + part(entry.type) +
           part(entry.source) + part(entry.superOptions) + '\n';
}

QByteArray text(const core::MountTable &table)
{
    QByteArray all;
    for (const MountEntry &entry : table.entries())
        all += text(table, entry);
    return all;
}

} // namespace

class TestBwrapTable : public test::SandboxTest {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        if (QStandardPaths::findExecutable("bwrap").isEmpty())
            QSKIP("bubblewrap is not installed");
    }
    void cleanup() { m_user.reset(); }

    void bothMakeTheSameTable_data()
    {
        QTest::addColumn<QString>("bwrap");
        QTest::addColumn<QByteArray>("mounts");
        QTest::addColumn<bool>("shared");
        const QByteArray tmpfs =
            R"({"destination": "/data", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "nodev", "mode=0755"]})";
        const QByteArray binds =
            R"(, {"destination": "/data/live", "type": "bind", "source": "DIR/source", "options": ["rbind", "nosuid", "nodev"]},
                {"destination": "/data/live/below", "type": "bind", "source": "DIR/other", "options": ["rbind", "ro", "nosuid", "nodev"]})";
        const QByteArray tree =
            R"({"destination": "/tmp", "type": "bind", "source": "/sys", "options": ["rbind", "rro", "rnosuid", "rnodev"]})";
        const QString bwrapBinds = " --tmpfs /data --bind source /data/live --ro-bind other /data/live/below";
        for (const bool shared : {false, true}) {
            const auto add = [shared](const char *name, const QString &bwrap, const QByteArray &mounts) {
                QTest::addRow("%s%s", name, shared ? ", the host's mounts are shared" : "")
                    << bwrap << mounts << shared;
            };
            add("a read-only root and proc", "", "");
            add("a tmpfs", " --tmpfs /data", tmpfs);
            add("a bind in the tmpfs, a read-only bind in that", bwrapBinds, tmpfs + binds);
            add("a read-only bind of a tree of mounts", " --ro-bind /sys /tmp", tree);
        }
    }
    void bothMakeTheSameTable()
    {
        QFETCH(QString, bwrap);
        QFETCH(QByteArray, mounts);
        QFETCH(bool, shared);
        become(false);
        if (!m_user)
            return;
        m_user->makeDirectory("root/data");
        m_user->makeDirectory("source/below");
        m_user->makeDirectory("other");
        mounts.replace("DIR", m_user->directory().toUtf8());
        m_user->makeSpec(m_root, "\"mounts\": [" + mounts + R"(], "sys": "none", "dev": {"policy": "none"},
                            "process": {"args": ["/bin/cat", "/proc/self/mountinfo"], "env": ["PATH=/bin"]})",
                         R"("writable": "none")");
        const QString runBwrap =
            "bwrap --unshare-all --ro-bind root / --proc /proc" + bwrap + " /bin/cat /proc/self/mountinfo";
        QByteArray theirText;
        QByteArray ourText;
        if (shared) {
            QString whyNot;
            const auto outcome =
                m_user->onAHostOfItsOwn(runBwrap + " > theirs; pivotctl run -q a.pbox -T > ours", &whyNot);
            if (!outcome)
                QSKIP(qPrintable(whyNot));
            theirText = m_user->contents("theirs");
            ourText = m_user->contents("ours");
            QVERIFY2(outcome->error.isEmpty(), outcome->error);
        } else {
            const Outcome theirs = m_user->run("/bin/sh", {"-c", runBwrap});
            const Outcome ours = m_user->pivotctl({"run", "-q", m_user->path("a.pbox"), "-T"});
            QVERIFY2(theirs.status == 0 && ours.status == 0, theirs.all() + ours.all());
            theirText = theirs.output;
            ourText = ours.output;
        }
        const core::MountTable theirs = tableOf(theirText);
        const core::MountTable ours = tableOf(ourText);
        QVERIFY(theirs.size() >= 2);
        QCOMPARE(ours.size(), theirs.size());
        std::vector<MountEntry> alike(ours.entries().begin(), ours.entries().end());
        for (const Difference &difference : differences) {
            bool seen = false;
            for (std::size_t i = 0; i < alike.size(); ++i) {
                const MountEntry before = alike[i];
                difference.makeAlike(alike[i], theirs.entries()[i]);
                seen = seen || alike[i] != before;
            }
            // What is no difference any more has to leave the list.
            QVERIFY2(seen || !difference.expected(ours.entries().front(), shared),
                     QByteArray(difference.what) + ": " + difference.why);
        }
        QCOMPARE(text(core::MountTable(alike)), text(theirs));
    }
};

QTEST_GUILESS_MAIN(TestBwrapTable)
#include "tst_bwrap_table.moc"
