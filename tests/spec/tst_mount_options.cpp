// SPDX-License-Identifier: Apache-2.0
#include "core/base/text.h"
#include "core/spec/mount_options.h"

#include <QTest>
#include <algorithm>

using namespace pivotbench::core;

namespace {

Result<MountOptions> parse(const QString &words)
{
    std::vector<std::string> list;
    if (!words.isNull())
        for (const QString &word : words.split(','))
            list.push_back(word.toStdString());
    return parseMountOptions(list);
}

/// Everything of the options on one line: "set: … clear: … recursive: … propagation: … bind parameters: …", empty parts
/// left out.
QString asText(const MountOptions &options)
{
    QStringList parts;
    const auto add = [&](const char *name, const std::string &value) {
        if (!value.empty() && value != "0")
            parts << QString("%1: %2").arg(name, QString::fromStdString(value));
    };
    add("set", attributeConstants(options.attributes.set));
    add("clear", attributeConstants(options.attributes.clear));
    add("rset", attributeConstants(options.recursiveAttributes.set));
    add("rclear", attributeConstants(options.recursiveAttributes.clear));
    if (options.propagation)
        add("propagation", (options.propagation->recursive ? "r" : "") +
                               std::string(propagationWord(options.propagation->propagation)));
    if (options.bind)
        parts << (options.recursiveBind ? "rbind" : "bind");
    for (const auto &[name, value] : options.parameters)
        parts << QString("%1=%2").arg(QString::fromStdString(name), QString::fromStdString(value));
    return parts.join("; ");
}

} // namespace

class TestMountOptions : public QObject {
    Q_OBJECT
private slots:
    void sortsWords_data();
    void sortsWords();
    void refusesContradictions_data();
    void refusesContradictions();
    void printsAttributesAsTheMountTableDoes_data();
    void printsAttributesAsTheMountTableDoes();
    void givesTheKernelAnAtimeItTakes_data();
    void givesTheKernelAnAtimeItTakes();
};

void TestMountOptions::sortsWords_data()
{
    QTest::addColumn<QString>("words");
    QTest::addColumn<QString>("sorted");
    const auto row = [](const char *name, const char *words, const char *sorted) {
        QTest::newRow(name) << QString(words) << QString(sorted);
    };
    row("no words ask for nothing", nullptr, "");
    row("defaults ask for nothing", "defaults,silent,loud", "");
    row("read-only sets a flag", "ro", "set: MOUNT_ATTR_RDONLY");
    row("read-write clears it", "rw", "clear: MOUNT_ATTR_RDONLY");
    row("the later of two words wins", "ro,rw", "clear: MOUNT_ATTR_RDONLY");
    row("the later of two words wins the other way round", "rw,ro", "set: MOUNT_ATTR_RDONLY");
    row("flags add up", "nosuid,nodev,noexec,nodiratime,nosymfollow",
        "set: MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NODIRATIME | "
        "MOUNT_ATTR_NOSYMFOLLOW");
    row("flags are cleared by their opposites", "suid,dev,exec,diratime,symfollow",
        "clear: MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NODIRATIME | "
        "MOUNT_ATTR_NOSYMFOLLOW");
    row("noatime replaces the whole field", "noatime", "set: MOUNT_ATTR_NOATIME; clear: MOUNT_ATTR__ATIME");
    row("relatime is the field's zero", "relatime", "clear: MOUNT_ATTR__ATIME");
    row("strictatime wins over an earlier noatime", "noatime,strictatime",
        "set: MOUNT_ATTR_STRICTATIME; clear: MOUNT_ATTR__ATIME");
    row("atime takes noatime back", "noatime,atime", "clear: MOUNT_ATTR__ATIME");
    row("atime leaves strictatime", "strictatime,atime", "set: MOUNT_ATTR_STRICTATIME; clear: MOUNT_ATTR__ATIME");
    row("nostrictatime takes strictatime back", "strictatime,nostrictatime", "clear: MOUNT_ATTR__ATIME");
    row("nostrictatime leaves noatime", "noatime,nostrictatime", "set: MOUNT_ATTR_NOATIME; clear: MOUNT_ATTR__ATIME");
    row("norelatime has nothing to take back", "norelatime", "");
    row("rro is recursive", "rro", "rset: MOUNT_ATTR_RDONLY");
    row("ro and rro are kept apart", "ro,rrw", "set: MOUNT_ATTR_RDONLY; rclear: MOUNT_ATTR_RDONLY");
    row("every recursive word is one", "rnosuid,rnodev,rnoexec,rnodiratime,rnosymfollow,rnoatime",
        "rset: MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NODIRATIME | "
        "MOUNT_ATTR_NOSYMFOLLOW | "
        "MOUNT_ATTR_NOATIME; rclear: MOUNT_ATTR__ATIME");
    row("relatime is not a recursive elatime", "rrelatime", "rclear: MOUNT_ATTR__ATIME");
    row("propagation is none of the flags", "rslave", "propagation: rslave");
    row("a propagation may be said twice", "shared,shared", "propagation: shared");
    row("rshared is not a recursive flag", "rshared", "propagation: rshared");
    row("bind is none of the parameters", "bind,ro", "set: MOUNT_ATTR_RDONLY; bind");
    row("rbind is recursive", "rbind", "rbind");
    row("all else belongs to the filesystem, in order", "size=64k,mode=1777,noswap", "size=64k; mode=1777; noswap=");
    row("a value keeps its own equals signs", "lowerdir=/a=b:/c", "lowerdir=/a=b:/c");
    row("a parameter may come twice", "lowerdir+=/a,lowerdir+=/b", "lowerdir+=/a; lowerdir+=/b");
    row("words are case-sensitive", "RO", "RO=");
}

void TestMountOptions::sortsWords()
{
    QFETCH(QString, words);
    const auto options = parse(words);
    QVERIFY2(options.has_value(), options ? "" : options.error().what.c_str());
    QTEST(asText(*options), "sorted");
}

void TestMountOptions::refusesContradictions_data()
{
    QTest::addColumn<QString>("words");
    QTest::addColumn<QString>("message");
    QTest::newRow("two propagations") << "private,shared"
                                      << "\"shared\" contradicts \"private\"";
    QTest::newRow("a propagation, recursive and not") << "rprivate,private"
                                                      << "\"private\" contradicts \"rprivate\"";
    QTest::newRow("bind and rbind") << "bind,rbind"
                                    << "\"bind\" and \"rbind\"";
    QTest::newRow("rbind and bind") << "rbind,ro,bind"
                                    << "\"bind\" and \"rbind\"";
    QTest::newRow("an empty word") << "ro,,rw"
                                   << "empty word";
    QTest::newRow("a remount") << "remount,ro"
                               << "every mount of a sandbox is new";
    QTest::newRow("a value without a name") << "=64k"
                                            << "\"=64k\" has no name";
}

void TestMountOptions::refusesContradictions()
{
    QFETCH(QString, words);
    QFETCH(QString, message);
    const auto options = parse(words);
    QVERIFY(!options.has_value());
    QCOMPARE(options.error().code, std::string("options"));
    QVERIFY2(QString::fromStdString(options.error().what).contains(message), options.error().what.c_str());
}

void TestMountOptions::printsAttributesAsTheMountTableDoes_data()
{
    QTest::addColumn<QString>("words");
    QTest::addColumn<QString>("printed");
    QTest::newRow("nothing is nothing") << QString() << "";
    QTest::newRow("flags in the table's order") << "noexec,nodev,nosuid,ro"
                                                << "ro,nosuid,nodev,noexec";
    QTest::newRow("cleared flags by their opposites") << "rw,exec"
                                                      << "rw,exec";
    QTest::newRow("noatime") << "noatime"
                             << "noatime";
    QTest::newRow("strictatime") << "strictatime"
                                 << "strictatime";
    QTest::newRow("relatime") << "noatime,atime"
                              << "relatime";
}

void TestMountOptions::printsAttributesAsTheMountTableDoes()
{
    QFETCH(QString, words);
    QTEST(QString::fromStdString(join(attributeWords(parse(words)->attributes), ",")), "printed");
}

void TestMountOptions::givesTheKernelAnAtimeItTakes_data()
{
    QTest::addColumn<QString>("words");
    for (const char *words :
         {"noatime", "relatime", "strictatime", "atime", "noatime,strictatime,relatime", "nostrictatime"})
        QTest::newRow(words) << words;
}

/// mount_setattr(2) answers EINVAL to a value of the field without clearing all of it, and to an unknown value.
void TestMountOptions::givesTheKernelAnAtimeItTakes()
{
    QFETCH(QString, words);
    const MountAttributes attributes = parse(words)->attributes;
    QCOMPARE(attributes.clear & mount_attr::atimeMask, mount_attr::atimeMask);
    const std::uint64_t values[] = {0, mount_attr::noAtime, mount_attr::strictAtime};
    QVERIFY(std::ranges::find(values, attributes.set & mount_attr::atimeMask) != std::end(values));
}

QTEST_GUILESS_MAIN(TestMountOptions)
#include "tst_mount_options.moc"
