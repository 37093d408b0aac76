// SPDX-License-Identifier: Apache-2.0
//
// The glossary: every term is whole in every language and stands in the manual page it names; texts are marked where
// they use a term, and nowhere else.
#include "core/explain/glossary.h"
#include "core/explain/narration.h"
#include "tests/explain/manual_pages.h"
#include "tests/explain/sample_operations.h"

#include <QtTest>
#include <map>
#include <set>

using namespace pivotbench::core;

namespace {

QString text(std::string_view words) { return QString::fromUtf8(words.data(), static_cast<qsizetype>(words.size())); }

/// The text with "[id:words]" where a term is used.
QString marked(const Glossary &glossary, std::string_view paragraph)
{
    std::string out;
    std::size_t at = 0;
    for (const TermSpan &span : glossary.spansIn(paragraph)) {
        out += paragraph.substr(at, span.offset - at);
        out += '[' + span.term->id + ':';
        out += paragraph.substr(span.offset, span.length);
        out += ']';
        at = span.offset + span.length;
    }
    return text(out.append(paragraph.substr(at)));
}

const Catalogue small({{"mount.term", "mount"},
                       {"mount.forms", "mounts"},
                       {"mount.means", "A."},
                       {"mount.manual", "mount(2), DESCRIPTION"},
                       {"mount-point.term", "Mount point"},
                       {"mount-point.forms", "mount points,  put_old"},
                       {"mount-point.means", "B."},
                       {"mount-point.manual", "mount(2), DESCRIPTION"},
                       {"umlaut.term", "Überlauf"},
                       {"umlaut.means", "C."},
                       {"umlaut.manual", "mount(2), DESCRIPTION"}});

} // namespace

class TestGlossary : public QObject {
    Q_OBJECT

private:
    ManualPages m_pages;

private slots:
    void marks_data();
    void marks();
    void finds();
    void everyTermIsWhole_data();
    void everyTermIsWhole();
    void aTranslationIsWhole();
    void manual();
    void narrationsAreMarked_data();
    void narrationsAreMarked();
    void anyTextIsMarked();
};

void TestGlossary::marks_data()
{
    QTest::addColumn<QString>("paragraph");
    QTest::addColumn<QString>("expected");
    QTest::newRow("nothing") << "" << "";
    QTest::newRow("the whole text") << "mount" << "[mount:mount]";
    QTest::newRow("the first use alone") << "A mount and mounts, a mount." << "A [mount:mount] and mounts, a mount.";
    QTest::newRow("plural") << "Two mounts." << "Two [mount:mounts].";
    QTest::newRow("capital letters") << "MOUNT POINT" << "[mount-point:MOUNT POINT]";
    QTest::newRow("the longest") << "a mount point, a mount" << "a [mount-point:mount point], a [mount:mount]";
    QTest::newRow("not longer than it is") << "a mount pointer" << "a [mount:mount] pointer";
    QTest::newRow("no part of a word") << "unmount mounted remounts" << "unmount mounted remounts";
    QTest::newRow("no part of a name") << "my_mount mount_ mount2" << "my_mount mount_ mount2";
    QTest::newRow("no part of a compound") << "sub-mount mount-like" << "sub-mount mount-like";
    QTest::newRow("no part of a path") << "/mount /srv/mount mount/x mount.txt a.mount"
                                       << "/mount /srv/mount mount/x mount.txt a.mount";
    QTest::newRow("beside a letter that is not ASCII") << "ümount mountß" << "ümount mountß";
    QTest::newRow("before signs") << "(mount) put_old, mount(2)" << "([mount:mount]) [mount-point:put_old], mount(2)";
    QTest::newRow("a manual page") << "mount(2)." << "[mount:mount](2).";
    QTest::newRow("whose") << "the mount's flags" << "the [mount:mount]'s flags";
    QTest::newRow("over a line") << "mount\npoint" << "[mount:mount]\npoint";
    QTest::newRow("a letter that is not ASCII") << "der Überlauf" << "der [umlaut:Überlauf]";
}

void TestGlossary::marks()
{
    QFETCH(QString, paragraph);
    QFETCH(QString, expected);
    const Glossary glossary(small);
    QCOMPARE(marked(glossary, paragraph.toStdString()), expected);
}

void TestGlossary::finds()
{
    const Glossary &glossary = pivotbench::core::glossary("en");
    for (const char *word : {"peer-group", "Peer Group", "peer groups"}) {
        const Term *term = glossary.find(word);
        QVERIFY2(term, word);
        QCOMPARE(text(term->id), "peer-group");
    }
    for (const char *word : {"", " ", "peer", "peer group of", "no such term", "\n"})
        QVERIFY2(!glossary.find(word), word);
}

void TestGlossary::everyTermIsWhole_data()
{
    QTest::addColumn<QString>("language");
    for (const std::string_view language : languages())
        QTest::newRow(std::string(language).c_str()) << text(language);
}

void TestGlossary::everyTermIsWhole()
{
    QFETCH(QString, language);
    const Catalogue &catalogue = words(Book::Glossary, language.toStdString());
    const Glossary &glossary = pivotbench::core::glossary(language.toStdString());
    QVERIFY(glossary.terms().size() > 50);
    std::set<std::string> known;
    std::map<QString, QString> forms; // of which term
    for (const Term &term : glossary.terms()) {
        for (const char *entry : {".term", ".forms", ".means", ".manual"})
            known.insert(term.id + entry);
        for (const char *entry : {".term", ".means", ".manual"})
            QVERIFY2(catalogue.find(term.id + entry), (term.id + entry).c_str());
        const QString means = text(term.means);
        const auto sentences = means.split(QRegularExpression(R"((?<=\.)\s+)"));
        QVERIFY2(means.at(0).isUpper() && means.endsWith('.') && sentences.size() <= 2, qPrintable(means));
        QVERIFY2(means.size() <= 300, qPrintable(means));
        QVERIFY2(!means.contains('{'), qPrintable(means));
        QStringList all{text(term.name)};
        for (const std::string &form : term.forms)
            all << text(form);
        for (const QString &form : all) {
            QVERIFY2(!form.trimmed().isEmpty(), term.id.c_str());
            const QString other = forms[form.toLower()];
            QVERIFY2(other.isEmpty(), qPrintable(form + " is of " + text(term.id) + " and of " + other));
            forms[form.toLower()] = text(term.id);
            QCOMPARE(marked(glossary, form.toStdString()), "[" + text(term.id) + ":" + form + "]");
            const Term *found = glossary.find(form.toStdString());
            QVERIFY2(found == &term, qPrintable(form));
        }
    }
    for (const std::string_view key : catalogue.keys())
        QVERIFY2(known.contains(std::string(key)), std::string(key).c_str());
}

/// A translation holds every entry but the manual pages and forms, and none of its own.
void TestGlossary::aTranslationIsWhole()
{
    const Catalogue &english = words(Book::Glossary, "en");
    for (const std::string_view language : languages()) {
        const Catalogue &translation = words(Book::Glossary, language);
        for (const auto &[key, words] : english.entries())
            if (!key.ends_with(".manual") && !key.ends_with(".forms"))
                QVERIFY2(translation.entries().contains(key), (key + " is missing").c_str());
        for (const auto &[key, words] : translation.entries())
            QVERIFY2(key.ends_with(".forms") || english.find(key), (key + " is not in the English one").c_str());
    }
}

void TestGlossary::manual()
{
    if (!m_pages.present())
        QSKIP("there are no manual pages on this machine: references were not looked up");
    for (const Term &term : glossary("en").terms()) {
        const QString complaint = m_pages.complaint(text(term.manual));
        QVERIFY2(complaint.isEmpty(), qPrintable(text(term.id) + ": " + complaint));
    }
}

void TestGlossary::narrationsAreMarked_data()
{
    QTest::addColumn<QString>("expected");
    QTest::addColumn<QString>("is");
    const Glossary &glossary = pivotbench::core::glossary("en");
    const auto why = [&](const Operation &operation) { return marked(glossary, narrate(operation).why); };
    QTest::newRow("a title") << "[bind-mount:Bind] /shared to /srv/private"
                             << marked(glossary, titleOf(BindMount{sample::host("/shared"),
                                                                   sample::inNewRoot("/srv/private"), true, false}));
    QTest::newRow("pivot_root")
        << "The [new-root:new root] becomes \"/\" of the [mount-namespace:mount namespace], and the old one moves to a "
           "directory below it. Unlike [chroot:chroot](2), which only changes where one process begins its lookups, "
           "this changes the [mount-tree:mount tree] itself, so the [old-root:old root] can be taken away."
        << why(PivotRoot{".", ".put_old"});
    QTest::newRow("propagation")
        << "A [shared:shared mount] sends its events to all members of its [peer-group:peer group] and receives "
           "theirs, in every [namespace:namespace] that holds one. The change is recursive, because every "
           "[mount:mount] has a [propagation:propagation type] of its own."
        << why(SetPropagation{sample::host("/"), {Propagation::Shared, true}});
}

void TestGlossary::narrationsAreMarked()
{
    QFETCH(QString, expected);
    QFETCH(QString, is);
    QCOMPARE(is, expected);
}

/// Spans lie in the text, in order, and cut no letter in two.
void TestGlossary::anyTextIsMarked()
{
    const Glossary &glossary = pivotbench::core::glossary("en");
    QRandomGenerator random(7);
    const QStringList pieces{"mount",           " ", "\xff", "ü", ".", "/", "shared", "-", "\n", "namespace",
                             "Mount Namespace", "_"};
    for (int i = 0; i < 2000; ++i) {
        QByteArray any;
        for (int n = random.bounded(12); n > 0; --n)
            any += pieces[random.bounded(static_cast<int>(pieces.size()))].toUtf8();
        std::size_t end = 0;
        for (const TermSpan &span : glossary.spansIn(any.toStdString())) {
            QVERIFY(span.offset >= end && span.length > 0 && span.term);
            end = span.offset + span.length;
            QVERIFY(end <= static_cast<std::size_t>(any.size()));
        }
    }
    const std::string path(1 << 20, 'm');
    QVERIFY(glossary.spansIn(path).empty());
}

QTEST_GUILESS_MAIN(TestGlossary)
#include "tst_glossary.moc"
