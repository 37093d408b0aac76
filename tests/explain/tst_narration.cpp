// SPDX-License-Identifier: Apache-2.0
//
// Title, why and manual of every kind of step: that they are there, that "why" is two sentences, that the manual says
// so where it is said to; and that the catalogues hold exactly what is asked of them, in every language.
#include "core/base/text.h"
#include "core/explain/narration.h"
#include "tests/explain/manual_pages.h"
#include "tests/explain/sample_operations.h"

#include <QtTest>

using namespace pivotbench::core;

namespace {

struct Row {
    std::string name;
    Operation operation;
};

/// Every way in which the code can choose among the entries.
std::vector<Row> everyVariant()
{
    std::vector<Row> rows;
    for (const sample::Sample &one : sample::operations())
        rows.push_back({one.name, one.operation});
    for (const char *type : {"devpts", "mqueue", "cgroup2", "devtmpfs", "squashfs"})
        rows.push_back({type, MountFilesystem{type, type, sample::inNewRoot("/x"), {}, {}}});
    for (const Namespace ns : {Namespace::User, Namespace::Mount, Namespace::Pid, Namespace::Uts, Namespace::Ipc,
                               Namespace::Network, Namespace::Cgroup, Namespace::Time}) {
        const std::string word = namespaceWord(ns);
        rows.push_back({"born into " + word, CreateProcess{{ns}}});
        rows.push_back({"unshared " + word, Unshare{{ns}}});
        rows.push_back({"unshared, the last of three: " + word, Unshare{{Namespace::Uts, Namespace::Mount, ns}}});
    }
    for (const Propagation propagation :
         {Propagation::Private, Propagation::Slave, Propagation::Shared, Propagation::Unbindable})
        for (const bool recursive : {false, true})
            rows.push_back({std::string(propagationWord(propagation)) + (recursive ? ", all below too" : ""),
                            SetPropagation{sample::host("/"), {propagation, recursive}}});
    rows.push_back(
        {"a bind that is not recursive", BindMount{sample::host("/a"), sample::inNewRoot("/b"), false, false}});
    rows.push_back({"a kept overlay", MountOverlay{{"/a"}, "/u", "/w", sample::host("/r"), {}, {}}});
    rows.push_back({"an overlay of one layer", MountOverlay{{"/a"}, "", "", sample::host("/r"), {}, {}}});
    rows.push_back({"a mount made writable",
                    SetMountAttributes{sample::inNewRoot("/a"), {0, mount_attr::readOnly}, false, false}});
    rows.push_back({"the new root made read-only",
                    SetMountAttributes{sample::inNewRoot("/"), {mount_attr::readOnly, 0}, true, false}});
    rows.push_back({"another start", ChangeDirectory{sample::inRoot("/srv")}});
    rows.push_back({"the stacked old root", Unmount{".", true}});
    for (const std::vector<std::string> &keep : {std::vector<std::string>{}, {"CAP_KILL"}, {"CAP_KILL", "CAP_CHOWN"}}) {
        const std::string count = std::to_string(keep.size());
        rows.push_back({"a bounding set of " + count, LimitCapabilities{keep}});
        rows.push_back({"kept capabilities: " + count, SetCapabilities{keep, false}});
    }
    rows.push_back({"no command", Execute{}});
    return rows;
}

/// The same keys, each with itself in brackets for words, and with the names that its words use.
Catalogue marked(const Catalogue &catalogue)
{
    static const QRegularExpression name(R"(\{[^}]*\})");
    WordEntries entries;
    for (const auto &[key, words] : catalogue.entries()) {
        QString mark = QString::fromStdString("[" + key + "]");
        auto names = name.globalMatch(QString::fromStdString(words));
        while (names.hasNext())
            mark += names.next().captured();
        entries.emplace(key, mark.toStdString());
    }
    return Catalogue(std::move(entries));
}

QString everything(const Operation &operation, const Catalogue &catalogue)
{
    const Narration narration = narrate(operation, catalogue);
    return QString::fromStdString(titleOf(operation, catalogue) + "\n" + narration.why + "\n" + narration.manual);
}

} // namespace

class TestNarration : public QObject {
    Q_OBJECT

private:
    ManualPages m_pages;

    static void rows()
    {
        QTest::addColumn<Operation>("operation");
        QTest::addColumn<QString>("language");
        for (const std::string_view language : languages())
            for (const Row &row : everyVariant())
                QTest::addRow("%s: %s", std::string(language).c_str(), row.name.c_str())
                    << row.operation << QString::fromStdString(std::string(language));
    }

private slots:
    void told_data() { rows(); }
    void told()
    {
        QFETCH(Operation, operation);
        QFETCH(QString, language);
        const Catalogue &catalogue = words(Book::Narration, language.toStdString());
        const QString title = QString::fromStdString(titleOf(operation, catalogue));
        const Narration narration = narrate(operation, catalogue);
        QVERIFY(!title.isEmpty() && title.at(0).isUpper() && !title.endsWith('.'));
        QVERIFY2(title.size() <= 80, qPrintable(title));

        const QString why = QString::fromStdString(narration.why);
        QVERIFY(!why.isEmpty() && why.endsWith('.'));
        const QStringList sentences = why.split(QRegularExpression(R"((?<=\.)\s+)"));
        QVERIFY2(sentences.size() == 2, qPrintable(why));
        for (const QString &sentence : sentences)
            QVERIFY2(sentence.at(0).isUpper() || sentence.startsWith("newuidmap(1)"), qPrintable(sentence));
        QVERIFY(!why.contains("  "));
        QVERIFY(!narration.manual.empty());
        static const QRegularExpression unfilled(R"(\{[a-z]+\}|^[a-z-]+\.[a-z.-]+$)",
                                                 QRegularExpression::MultilineOption);
        const QString all = everything(operation, catalogue);
        QVERIFY2(!unfilled.match(all).hasMatch(), qPrintable(all));
    }

    /// A missing entry would be seen as its key, an entry that nothing asks for is not seen at all.
    void theCatalogueHoldsWhatIsAskedFor()
    {
        QVERIFY(sample::complete());
        const Catalogue &english = words(Book::Narration, "en");
        const Catalogue marks = marked(english);
        QSet<QString> asked;
        for (const Row &row : everyVariant()) {
            static const QRegularExpression mark(R"(\[([a-z0-9.-]+)\])");
            auto found = mark.globalMatch(everything(row.operation, marks));
            while (found.hasNext())
                asked.insert(found.next().captured(1));
        }
        for (const auto &[key, words] : english.entries())
            QVERIFY2(asked.contains(QString::fromStdString(key)), ("nothing asks for " + key).c_str());
    }

    /// A translation holds every entry but the manual pages, and none of its own.
    void aTranslationIsWhole()
    {
        const Catalogue &english = words(Book::Narration, "en");
        for (const std::string_view language : languages()) {
            const Catalogue &translation = words(Book::Narration, language);
            for (const auto &[key, words] : translation.entries())
                QVERIFY2(english.find(key), (key + " is not in the English one").c_str());
            for (const auto &[key, words] : english.entries())
                if (key.find(".manual") == std::string::npos)
                    QVERIFY2(translation.entries().contains(key), (key + " is missing").c_str());
        }
    }

    /// What a name holds is not looked into, in any entry.
    void aHostileNameFillsNothingElse()
    {
        for (const char *name : {"{source}", "{", "}{target}", "{target"}) {
            const BindMount bind{sample::host(name), sample::inNewRoot("/b"), false, false};
            QCOMPARE(QString::fromStdString(titleOf(bind)), QString("Bind %1 to /b").arg(name));
        }
        QCOMPARE(QString::fromStdString(titleOf(SetHostname{"{name}\n{name}"})),
                 QString("Set the host name to {name}\\x0a{name}"));
        // A type of a recording chooses no entry that is none of a type's.
        const auto why = [](const char *type) {
            return narrate(MountFilesystem{type, type, sample::inNewRoot("/x"), {}, {}}).why;
        };
        for (const char *type : {"", ".", "proc.", "why", "\n"})
            QCOMPARE(why(type), why("squashfs"));
    }

    void manual_data() { rows(); }
    void manual()
    {
        if (!m_pages.present())
            QSKIP("there are no manual pages on this machine: references were not looked up");
        QFETCH(Operation, operation);
        QFETCH(QString, language);
        const Catalogue &catalogue = words(Book::Narration, language.toStdString());
        const QString complaint = m_pages.complaint(QString::fromStdString(narrate(operation, catalogue).manual));
        QVERIFY2(complaint.isEmpty(), qPrintable(complaint));
    }

    void aHostileNameCannotFoolTheTitle()
    {
        const std::string title =
            titleOf(BindMount{sample::host("/a\n# 9. nothing\x1b[2J"), sample::inNewRoot("/b\u202e"), false, false});
        QVERIFY(isPlain(title));
        QCOMPARE(QString::fromStdString(title).count('\n'), 0);
    }

    void theRootOfTheSandboxHasAName()
    {
        QCOMPARE(QString::fromStdString(
                     titleOf(SetMountAttributes{sample::inNewRoot("/"), {mount_attr::readOnly, 0}, true, false})),
                 QString("Make the new root and all below it read-only"));
        QCOMPARE(QString::fromStdString(titleOf(Unmount{".", true})), QString("Detach the old root"));
    }
};

QTEST_GUILESS_MAIN(TestNarration)
#include "tst_narration.moc"
