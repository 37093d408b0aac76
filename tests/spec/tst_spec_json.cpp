// SPDX-License-Identifier: Apache-2.0
#include "core/base/file.h"
#include "core/base/json.h"
#include "core/spec/spec_json.h"
#include "random_spec.h"
#include "unknown_inserter.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <cerrno>
#include <sys/stat.h>

using namespace pivotbench::core;
using pivotbench::tests::RandomSpec;
using pivotbench::tests::UnknownInserter;

namespace {

QString text(const std::string &string) { return QString::fromStdString(string); }

} // namespace

class TestSpecJson : public QObject {
    Q_OBJECT
private slots:
    void refusesWithLineAndField_data();
    void refusesWithLineAndField();
    void readsEveryField();
    void writesDefaultsAsNothing();
    void writesFieldsInTheOrderOfTheStruct();
    void readsWhatItWrites();
    void writesOneLineForTheWire();
    void decodesInsideOfAnotherDocument();
    void savesAndLoads();
    void refusesToSaveWhatItCannotWrite();
    void namesTheFileThatIsWrong();
    void keepsWhatIsUnknown();
    void keepsWhatIsUnknownThroughEdits();
    void documentsAreStrictOtherwise_data();
    void documentsAreStrictOtherwise();
};

void TestSpecJson::refusesWithLineAndField_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("message");
    const auto row = [](const char *name, QByteArray json, const char *message, const char *code = "spec.parse") {
        QTest::newRow(name) << json << QString(code) << QString(message);
    };
    const auto field = [&](const char *name, const char *members, const char *message) {
        row(name, QByteArray("{\n\"pivotbench\": 1,\n") + members + "\n}", message);
    };
    row("an empty file", "", "line 1");
    row("a file cut off in the middle", "{\"pivotbench\": 1, \"name\": \"x", "not valid JSON");
    row("a list", "[]", "line 1: the document must be an object, but is a list");
    row("no version", "{\n}", "line 1: pivotbench is missing");
    row("a version in words", "{\"pivotbench\": \"one\"}", "line 1: pivotbench must be a whole number");
    row("version 0", "{\"pivotbench\": 0}", "line 1: pivotbench is out of range");
    row("a newer version", "{\"pivotbench\": 2, \"unheard\": {}}", "reads specs up to version 1", "spec.version");
    row("very deep nesting", "{\"pivotbench\": 1, \"name\": " + QByteArray(100'000, '[') + "}",
        "nested more than 16 deep");
    row("more than a mebibyte", "{\"pivotbench\": 1, \"name\": \"" + QByteArray(1 << 20, 'x') + "\"}",
        "the limit is 1048576");
    field("an unknown field at the top", "\"nmae\": \"x\"", "line 3: unknown field nmae");
    field("an unknown field of the root", "\"root\": {\n\"layer\": []}", "line 4: unknown field root.layer");
    field("a field twice", "\"name\": \"x\",\n\"name\": \"y\"", "line 4: \"name\" stands twice");
    field("a NUL in a name", "\"name\": \"a\\u0000b\"", "line 3: name holds a NUL");
    field("a NUL in a path of a list", "\"root\": {\"layers\": [{\"path\": \"/a\"},\n{\"path\": \"/b\\u0000\"}]}",
          "line 4: root.layers[1].path holds a NUL");
    field("a NUL in an argument", "\"process\": {\"args\": [\"a\", \"b\\u0000\"]}",
          "line 3: process.args[1] holds a NUL");
    field("layers that are no list", "\"root\": {\"layers\": {}}",
          "line 3: root.layers must be a list, but is an object");
    field("a layer that is a string", "\"root\": {\"layers\": [\"/a\"]}", "line 3: root.layers[0] must be an object");
    field("a wrong word", "\"root\": {\"writable\": \"yes\"}",
          "line 3: root.writable is \"yes\", which is none of: discard, keep, none, direct");
    field("a size that is negative", "\"root\": {\"scratchBytes\": -1}", "line 3: root.scratchBytes is -1");
    field("a size beyond 64 bits", "\"root\": {\"scratchBytes\": 99999999999999999999}",
          "line 3: root.scratchBytes must be a whole number");
    field("a mount without a destination", "\"mounts\": [{\"type\": \"tmpfs\"}]",
          "line 3: mounts[0].destination is missing");
    field("a mount without a type", "\"mounts\": [{\"destination\": \"/a\"}]", "line 3: mounts[0].type is missing");
    field("options that are one string",
          "\"mounts\": [{\"destination\": \"/a\", \"type\": \"bind\", \"options\": \"ro\"}]",
          "line 3: mounts[0].options must be a list, but is a string");
    field("a namespace that does not exist", "\"namespaces\": {\"uid\": \"new\"}",
          "line 3: unknown field namespaces.uid");
    field("a namespace that is true", "\"namespaces\": {\"pid\": true}", "line 3: namespaces.pid must be a string");
    field("an id of 33 bits", "\"idMaps\": {\"uid\": [{\"containerID\": 0, \"hostID\": 4294967296, \"size\": 1}]}",
          "line 3: idMaps.uid[0].hostID is 4294967296; the largest allowed is 4294967295");
    field("a range without a size", "\"idMaps\": {\"gid\": [{\"containerID\": 0, \"hostID\": 1}]}",
          "line 3: idMaps.gid[0].size is missing");
    field("a policy that does not exist", "\"proc\": \"fresh\"",
          "line 3: proc is \"fresh\", which is none of: private, host, none");
    field("a device that is a number", "\"dev\": {\"devices\": [3]}", "line 3: dev.devices[0] must be a string");
    field("a file in the short form", "\"files\": {\"hosts\": \"copy\"}", "line 3: files.hosts must be an object");
    field("capabilities that are true", "\"process\": {\"capabilities\": true}",
          "line 3: process.capabilities must be a word or a list of names, but is true or false");
    field("a capability that is a number", "\"process\": {\"capabilities\": [\"CAP_KILL\",\n7]}",
          "line 4: process.capabilities[1] must be a string");
    field("a user that is a name", "\"process\": {\"user\": \"root\"}", "line 3: process.user must be an object");
    field("a limit without its hard part", "\"process\": {\"rlimits\": [{\"type\": \"RLIMIT_AS\", \"soft\": 1}]}",
          "line 3: process.rlimits[0].hard is missing");
    field("null for a field", "\"hostname\": null", "line 3: hostname must be a string, but is null");
}

void TestSpecJson::refusesWithLineAndField()
{
    QFETCH(QByteArray, json);
    const auto spec = parseSpec(json.toStdString());
    QVERIFY(!spec.has_value());
    QTEST(text(spec.error().code), "code");
    QFETCH(QString, message);
    QVERIFY2(text(spec.error().what).contains(message), spec.error().what.c_str());
}

void TestSpecJson::readsEveryField()
{
    const auto spec = parseSpec(R"({
        "pivotbench": 1, "name": "n", "description": "d",
        "root": {"layers": [{"path": "/x"}, {"builtin": "busybox"}], "writable": "keep", "keepName": "k", "scratchBytes": 4096,
                 "switchRoot": "chroot", "putOld": "/old", "propagation": "slave"},
        "mounts": [{"destination": "/d", "type": "bind", "source": "/s", "options": ["rbind", "ro"]}],
        "namespaces": {"mount": "host", "pid": "host", "user": "new", "uts": "host", "ipc": "host", "network": "host",
                       "cgroup": "host", "time": "new"},
        "idMaps": {"mode": "explicit", "uid": [{"containerID": 0, "hostID": 1000, "size": 1}],
                   "gid": [{"containerID": 1, "hostID": 2, "size": 3}]},
        "proc": "host", "sys": "masked", "dev": {"policy": "devtmpfs", "devices": ["/dev/fuse"]},
        "hostname": "h", "domainname": "o",
        "files": {"resolvConf": {"mode": "copy"}, "hosts": {"mode": "text", "text": "t"}, "hostnameFile": {"mode": "bind-writable"}},
        "maskedPaths": ["/m"], "readonlyPaths": ["/r"],
        "seccomp": {"profile": "file", "path": "/p"},
        "resources": {"memoryBytes": 1, "pids": 2, "cpuQuota": 3, "cpuWeight": 4},
        "process": {"args": ["a"], "env": ["K=V"], "cwd": "/c", "user": {"uid": 5, "gid": 6, "additionalGids": [7, 8]},
                    "terminal": true, "capabilities": ["CAP_KILL"], "noNewPrivileges": false,
                    "rlimits": [{"type": "RLIMIT_AS", "soft": 9, "hard": 10}]}
    })");
    QVERIFY2(spec.has_value(), spec ? "" : spec.error().what.c_str());
    const SandboxSpec expected{
        .name = "n",
        .description = "d",
        .root = {.layers = {{.path = "/x", .builtin = ""}, {.path = "", .builtin = "busybox"}},
                 .writable = Writable::Keep,
                 .keepName = "k",
                 .scratchBytes = 4096,
                 .switchRoot = SwitchRoot::Chroot,
                 .putOld = "/old",
                 .propagation = RootPropagation::Slave},
        .mounts = {{.destination = "/d", .type = "bind", .source = "/s", .options = {"rbind", "ro"}}},
        .namespaces = {.mount = NamespaceChoice::Host,
                       .pid = NamespaceChoice::Host,
                       .user = UserNamespaceChoice::New,
                       .uts = NamespaceChoice::Host,
                       .ipc = NamespaceChoice::Host,
                       .network = NetworkChoice::Host,
                       .cgroup = NamespaceChoice::Host,
                       .time = NamespaceChoice::New},
        .idMaps = {.mode = IdMapMode::Explicit, .uid = {{0, 1000, 1}}, .gid = {{1, 2, 3}}},
        .proc = ProcPolicy::Host,
        .sys = SysPolicy::Masked,
        .dev = {.policy = DevPolicy::Devtmpfs, .devices = {"/dev/fuse"}},
        .hostname = "h",
        .domainname = "o",
        .files = {.resolvConf = {.mode = FileInjection::Copy, .text = ""},
                  .hosts = {.mode = FileInjection::Text, .text = "t"},
                  .hostnameFile = {.mode = FileInjection::BindWritable, .text = ""}},
        .maskedPaths = {"/m"},
        .readonlyPaths = {"/r"},
        .seccomp = {.choice = SeccompChoice::File, .path = "/p"},
        .resources = {.memoryBytes = 1, .pids = 2, .cpuQuota = 3, .cpuWeight = 4},
        .process = {.args = {"a"},
                    .env = {"K=V"},
                    .cwd = "/c",
                    .uid = 5,
                    .gid = 6,
                    .additionalGids = {7, 8},
                    .terminal = true,
                    .capabilities = {.choice = CapabilityChoice::List, .names = {"CAP_KILL"}},
                    .noNewPrivileges = false,
                    .rlimits = {{"RLIMIT_AS", 9, 10}}},
    };
    QCOMPARE(text(writeSpec(*spec)), text(writeSpec(expected)));
    QVERIFY(*spec == expected);
}

void TestSpecJson::writesDefaultsAsNothing()
{
    QCOMPARE(text(writeSpec({})), QString("{\n  \"pivotbench\": 1\n}\n"));
    const auto spec = parseSpec("{\"pivotbench\": 1}");
    QVERIFY(spec.has_value());
    QVERIFY(*spec == SandboxSpec{});
}

void TestSpecJson::writesFieldsInTheOrderOfTheStruct()
{
    SandboxSpec spec;
    spec.process.args = {"sh"};
    spec.process.capabilities.choice = CapabilityChoice::List;
    spec.mounts = {{.destination = "/d", .type = "tmpfs", .source = "", .options = {}}};
    spec.name = "n";
    spec.files.hosts.mode = FileInjection::Bind;
    QCOMPARE(text(writeSpecCompact(spec)),
             QString(R"({"pivotbench":1,"name":"n","mounts":[{"destination":"/d","type":"tmpfs"}],)"
                     R"("files":{"hosts":{"mode":"bind"}},"process":{"args":["sh"],"capabilities":[]}})"));
}

void TestSpecJson::readsWhatItWrites()
{
    for (unsigned seed = 0; seed < 500; ++seed) {
        const SandboxSpec spec = RandomSpec(seed).make();
        const std::string written = writeSpec(spec);
        const auto again = parseSpec(written);
        QVERIFY2(again.has_value(), again ? "" : (again.error().what + "\n" + written).c_str());
        QVERIFY2(*again == spec, written.c_str());
        QCOMPARE(text(writeSpec(*again)), text(written));
        const auto compact = parseSpec(writeSpecCompact(spec));
        QVERIFY(compact.has_value() && *compact == spec);
    }
}

void TestSpecJson::writesOneLineForTheWire()
{
    for (unsigned seed = 0; seed < 20; ++seed) {
        const std::string line = writeSpecCompact(RandomSpec(seed).make());
        QVERIFY(!line.contains('\n') && !line.contains('\0'));
    }
}

void TestSpecJson::decodesInsideOfAnotherDocument()
{
    const auto document = parseJson("{\n\"spec\":\n{\"pivotbench\": 1,\n\"root\": {\"layers\": 3}}}");
    QVERIFY(document.has_value());
    const auto spec = decodeSpec((*document->object())[0].second, "parameters.spec");
    QVERIFY(!spec.has_value());
    QCOMPARE(text(spec.error().what), QString("line 4: parameters.spec.root.layers must be a list, but is a number"));
}

void TestSpecJson::savesAndLoads()
{
    QTemporaryDir folder;
    const std::string path = folder.filePath("a.pbox").toStdString();
    const SandboxSpec first = RandomSpec(1).make();
    const SandboxSpec second = RandomSpec(2).make();
    QVERIFY(saveSpec(first, path).has_value());
    QCOMPARE(::chmod(path.c_str(), 0600), 0);
    QVERIFY(saveSpec(second, path).has_value());
    const auto loaded = loadSpec(path);
    QVERIFY(loaded.has_value() && *loaded == second);
    struct stat status = {};
    QCOMPARE(::stat(path.c_str(), &status), 0);
    QCOMPARE(status.st_mode & 0777U, 0600U);
    QCOMPARE(QDir(folder.path()).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot),
             QStringList{"a.pbox"});
}

void TestSpecJson::refusesToSaveWhatItCannotWrite()
{
    QTemporaryDir folder;
    const std::string path = folder.filePath("a.pbox").toStdString();
    QVERIFY(saveSpec({}, path).has_value());
    const auto before = readFile(path, 1000);
    SandboxSpec notText;
    notText.root.layers = {{.path = "/\xff", .builtin = ""}};
    SandboxSpec withNul;
    withNul.process.args = {std::string("a\0b", 3)};
    SandboxSpec tooLong;
    tooLong.files.hosts.text = std::string(2 << 20, 'x');
    for (const SandboxSpec &spec : {notText, withNul, tooLong}) {
        const Status status = saveSpec(spec, path);
        QVERIFY(!status.has_value());
        QCOMPARE(text(status.error().code), QString("spec.unwritable"));
        QCOMPARE(readFile(path, 1000).value_or(""), before.value_or("?"));
    }
    QCOMPARE(saveSpec({}, folder.filePath("absent/a.pbox").toStdString()).error().errnum, ENOENT);
}

void TestSpecJson::namesTheFileThatIsWrong()
{
    QTemporaryDir folder;
    const std::string path = folder.filePath("a.pbox").toStdString();
    QCOMPARE(loadSpec(path).error().errnum, ENOENT);
    QVERIFY(replaceFile(path, "{\n\"name\": 3}").has_value());
    const auto spec = loadSpec(path);
    QVERIFY(!spec.has_value());
    QCOMPARE(text(spec.error().path), text(path));
    QVERIFY2(text(describe(spec.error())).contains("line 1: pivotbench is missing"), describe(spec.error()).c_str());
    QVERIFY(replaceFile(path, std::string((1 << 20) + 1, ' ')).has_value());
    QCOMPARE(text(loadSpec(path).error().code), QString("file.size"));
}

/// Opening and saving a newer file changes no byte of it.
void TestSpecJson::keepsWhatIsUnknown()
{
    std::size_t inserted = 0;
    for (unsigned seed = 0; seed < 300; ++seed) {
        UnknownInserter inserter(seed);
        const std::string newer = inserter.insertInto(writeSpec(RandomSpec(seed).make()));
        inserted += inserter.count();
        const auto spec = parseDocument(newer);
        QVERIFY2(spec.has_value(), spec ? "" : (spec.error().what + "\n" + newer).c_str());
        QCOMPARE(text(writeSpec(*spec)), text(newer));
        QCOMPARE(unknownFields(*spec).size(), inserter.count());
        // What is sent to the helper is what is understood.
        const auto sent = parseSpec(writeSpecCompact(*spec));
        QVERIFY(sent.has_value() && *sent == withoutUnknown(*spec));
        QCOMPARE(parseSpec(newer).has_value(), inserter.count() == 0 && spec->version == specVersion);
    }
    QVERIFY(inserted > 1000);
}

/// Whatever else is edited, an object keeps its own; it goes with its object.
void TestSpecJson::keepsWhatIsUnknownThroughEdits()
{
    QTemporaryDir folder;
    const std::string path = folder.filePath("a.pbox").toStdString();
    for (unsigned seed = 0; seed < 100; ++seed) {
        UnknownInserter inserter(seed);
        auto spec = parseDocument(inserter.insertInto(writeSpec(RandomSpec(seed).make())));
        QVERIFY(spec.has_value());
        const auto before = unknownFields(*spec);
        SandboxSpec edited = *spec;
        const SandboxSpec other = RandomSpec(seed + 1000).make();
        edited.name = other.name;
        edited.hostname.clear();
        edited.proc = other.proc;
        edited.root.writable = other.root.writable;
        edited.root.keepName.clear();
        edited.process.args = other.process.args;
        edited.process.uid = 0;
        edited.process.gid = 0;
        edited.process.additionalGids.clear();
        edited.resources.pids.reset();
        QVERIFY(saveSpec(edited, path).has_value());
        const auto again = loadDocument(path);
        QVERIFY(again.has_value());
        QCOMPARE(unknownFields(*again), before);
        QVERIFY(withoutUnknown(*again) == withoutUnknown(edited));

        if (edited.mounts.size() < 2)
            continue;
        std::ranges::rotate(edited.mounts, edited.mounts.begin() + 1);
        const UnknownMembers gone = edited.mounts.back().unknown;
        QVERIFY(gone == spec->mounts.front().unknown);
        edited.mounts.pop_back();
        QVERIFY(saveSpec(edited, path).has_value());
        QCOMPARE(unknownFields(*loadDocument(path)).size(), before.size() - gone.size());
    }
}

void TestSpecJson::documentsAreStrictOtherwise_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("message");
    QTest::newRow("a wrong type") << QByteArray("{\"pivotbench\": 1,\n\"new\": 1, \"name\": 3}") << "spec.parse"
                                  << "line 2: name must be a string";
    QTest::newRow("a wrong type in a newer file")
        << QByteArray("{\"pivotbench\": 2,\n\"mounts\": [{\"destination\": \"/a\"}]}") << "spec.version"
        << "line 2: mounts[0].type is missing";
    QTest::newRow("a word of a newer file") << QByteArray(R"({"pivotbench": 7, "proc": "overlaid"})") << "spec.version"
                                            << "none of";
    QTest::newRow("no version") << QByteArray(R"({"new": {}})") << "spec.parse" << "pivotbench is missing";
    QTest::newRow("an unknown field twice") << QByteArray(R"({"pivotbench": 1, "x": 1, "x": 2})") << "spec.parse"
                                            << "stands twice";
    QTest::newRow("more than is kept") << R"({"pivotbench": 1, "x": ")" + QByteArray(70'000, 'x') + R"("})"
                                       << "spec.parse" << "beginning with x";
    QTest::newRow("deep") << R"({"pivotbench": 1, "x": )" + QByteArray(100'000, '[') << "spec.parse" << "deep";
}

void TestSpecJson::documentsAreStrictOtherwise()
{
    QFETCH(QByteArray, json);
    const auto spec = parseDocument(json.toStdString());
    QVERIFY(!spec.has_value());
    QTEST(text(spec.error().code), "code");
    QFETCH(QString, message);
    QVERIFY2(text(spec.error().what).contains(message), spec.error().what.c_str());
}

QTEST_GUILESS_MAIN(TestSpecJson)
#include "tst_spec_json.moc"
