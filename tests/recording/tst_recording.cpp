// SPDX-License-Identifier: Apache-2.0
//
// Frames → lines → frames, whole, in pieces, and cut off anywhere.
#include "core/recording/recording.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace pivotbench::core;

class TestRecording : public QObject {
    Q_OBJECT
private slots:
    void everythingSurvives();
    void piecesOfAnySize_data();
    void piecesOfAnySize();
    void cutOffAnywhere();
    void unchangedTablesAreShared();
    void bytesThatAreNoText();
    void wrongLines_data();
    void wrongLines();
    void failuresStay();
    void newerVersionsAreRefused();
    void limits_data();
    void limits();
    void files_data();
    void files();
};

namespace {

std::shared_ptr<const MountTable> tableOf(const std::string &text, std::vector<std::uint64_t> unique = {})
{
    auto entries = parseMountinfo(text);
    if (!entries)
        qFatal("%s", entries.error().what.c_str());
    for (std::size_t i = 0; i < unique.size(); ++i)
        (*entries)[i].uniqueId = unique[i];
    return std::make_shared<const MountTable>(std::move(*entries));
}

const std::string rootRow = "1 0 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n";
const std::string procRow = "2 1 0:5 / /proc rw - proc proc rw\n";
const std::string oddRow = "7 1 0:6 / /o\xff\\134d\\040\xc3\xa4 rw later - tmpfs  rw,x=\\054\n";

RecordingHeader exampleHeader()
{
    RecordingHeader header{.tool = "pivotbench 0.1.0",
                           .kernel = "6.1.0",
                           .origin = "kernel",
                           .started = "2025-01-01T00:00:00Z",
                           .plan = {},
                           .spec = R"({"name":"x"})"};
    header.plan.name = "x";
    header.plan.steps.push_back({"create-process", Phase::Namespaces, "namespaces", CreateProcess{{Namespace::Pid}}});
    header.plan.steps.push_back({"mount", Phase::Mounts, "mounts[0]", MaskPath{{Location::Base::NewRoot, "/x"}}});
    header.plan.steps.push_back({"pivot-root", Phase::Switch, "root", PivotRoot{".", "."}});
    return header;
}

std::vector<Frame> exampleFrames()
{
    Frame first;
    first.initial = true;
    first.table = tableOf(rootRow + procRow, {1001, 1002});
    first.root = {"/", 1};
    first.cwd = {"/home", 1};
    first.pid = 1;
    first.namespaces = {{"mnt", 4026531841}, {"user", 4026531837}};

    Frame second = first;
    second.initial = false;
    second.step = 0;
    second.skipped = true;
    second.nanoseconds = std::numeric_limits<std::uint64_t>::max();
    second.durationNanoseconds = 17;
    second.pid = 4711;

    Frame third = second;
    third.step = 1;
    third.skipped = false;
    third.uid = std::numeric_limits<std::uint32_t>::max();
    third.gid = 5;
    third.table = tableOf(oddRow + rootRow, {0, 1001});
    third.namespaces["mnt"] = 4026532000;

    Frame last = third;
    last.step = 2;
    last.table = tableOf("");
    last.error = Error{.code = "step.failed",
                       .what = "cannot \"pivot\"\n",
                       .errnum = 22,
                       .path = "/new\xff root",
                       .step = "pivot-root",
                       .hint = "bind it",
                       .context = {"inner", "outer"}};
    return {first, second, third, last};
}

/// Lines of the example, the header first.
std::vector<std::string> exampleLines()
{
    RecordingWriter writer;
    std::vector<std::string> lines = {writer.header(exampleHeader())};
    for (const Frame &frame : exampleFrames())
        lines.push_back(writer.frame(frame));
    return lines;
}

std::string joined(const std::vector<std::string> &lines)
{
    std::string text;
    for (const std::string &line : lines)
        text += line;
    return text;
}

/// Name of the first member that differs; empty when the frames are equal.
QString difference(const Frame &a, const Frame &b)
{
    return a.step != b.step                                 ? "step"
           : a.initial != b.initial                         ? "initial"
           : a.skipped != b.skipped                         ? "skipped"
           : a.error != b.error                             ? "error"
           : a.nanoseconds != b.nanoseconds                 ? "nanoseconds"
           : a.durationNanoseconds != b.durationNanoseconds ? "durationNanoseconds"
           : a.pid != b.pid                                 ? "pid"
           : a.root != b.root                               ? "root"
           : a.cwd != b.cwd                                 ? "cwd"
           : a.uid != b.uid || a.gid != b.gid               ? "ids"
           : a.namespaces != b.namespaces                   ? "namespaces"
           : *a.table != *b.table                           ? "table"
                                                            : "";
}

} // namespace

void TestRecording::everythingSurvives()
{
    RecordingReader reader;
    for (const std::string &line : exampleLines()) {
        QVERIFY(line.ends_with('\n'));
        QCOMPARE(line.find('\n'), line.size() - 1);
        const auto status = reader.append(line);
        QVERIFY2(status, status ? "" : status.error().what.c_str());
    }
    const Recording recording = reader.take();
    QVERIFY(recording.header == exampleHeader());
    QVERIFY(!recording.truncated);
    const std::vector<Frame> frames = exampleFrames();
    QCOMPARE(recording.frames.size(), frames.size());
    for (std::size_t i = 0; i < frames.size(); ++i)
        QCOMPARE(difference(recording.frames[i], frames[i]), "");
    QVERIFY(!reader.hasHeader());
}

void TestRecording::piecesOfAnySize_data()
{
    QTest::addColumn<int>("size");
    for (const int size : {1, 2, 7, 64, 1000})
        QTest::addRow("%d bytes at a time", size) << size;
}

void TestRecording::piecesOfAnySize()
{
    QFETCH(int, size);
    const std::string text = joined(exampleLines());
    RecordingReader reader;
    for (std::size_t at = 0; at < text.size(); at += static_cast<std::size_t>(size))
        QVERIFY(reader.append(std::string_view(text).substr(at, static_cast<std::size_t>(size))));
    QCOMPARE(reader.recording().frames.size(), exampleFrames().size());
    QCOMPARE(difference(reader.recording().frames[2], exampleFrames()[2]), "");
}

void TestRecording::cutOffAnywhere()
{
    const std::vector<std::string> lines = exampleLines();
    const std::string text = joined(lines);
    const std::vector<Frame> frames = exampleFrames();
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        std::size_t complete = 0;
        std::size_t end = 0;
        while (complete < lines.size() && end + lines[complete].size() <= cut)
            end += lines[complete++].size();
        RecordingReader reader;
        QVERIFY(reader.append(std::string_view(text).substr(0, cut)));
        QCOMPARE(reader.hasHeader(), complete > 0);
        const Recording recording = reader.take();
        QCOMPARE(recording.truncated, cut != end);
        QCOMPARE(recording.frames.size(), complete == 0 ? 0 : complete - 1);
        for (std::size_t i = 0; i < recording.frames.size(); ++i)
            QCOMPARE(difference(recording.frames[i], frames[i]), "");
    }
}

void TestRecording::unchangedTablesAreShared()
{
    RecordingReader reader;
    RecordingWriter writer;
    Frame frame;
    frame.initial = true;
    frame.table = tableOf(rootRow);
    QVERIFY(reader.append(writer.header(exampleHeader())));
    QVERIFY(reader.append(writer.frame(frame)));
    frame.table = tableOf(rootRow); // equal, but another one
    const std::string line = writer.frame(frame);
    QVERIFY(!line.contains("mounts"));
    QVERIFY(reader.append(line));
    frame.table = tableOf(rootRow + procRow);
    const std::string changed = writer.frame(frame);
    QVERIFY(!changed.contains("/dev/sda1")); // only what is new
    QVERIFY(reader.append(changed));
    const auto &frames = reader.recording().frames;
    QCOMPARE(frames[0].table.get(), frames[1].table.get());
    QVERIFY(frames[1].table.get() != frames[2].table.get());
    QCOMPARE(frames[2].table->size(), 2U);

    // An empty table is one, too.
    RecordingReader other;
    RecordingWriter empty;
    frame.table = tableOf("");
    QVERIFY(other.append(empty.header(exampleHeader()) + empty.frame(frame)));
    QVERIFY(other.recording().frames[0].table != nullptr);
    QCOMPARE(other.recording().frames[0].table->size(), 0U);
}

void TestRecording::bytesThatAreNoText()
{
    Frame frame;
    frame.initial = true;
    std::string bytes;
    for (int byte = 1; byte < 256; ++byte)
        bytes += static_cast<char>(byte);
    frame.root.path = frame.cwd.path = bytes;
    frame.error = Error{.code = "c", .what = "not \xff text", .path = bytes};
    std::vector<MountEntry> entries(1);
    entries[0].id = 1;
    entries[0].mountPoint = "/" + bytes;
    entries[0].root = entries[0].source = entries[0].type = bytes;
    entries[0].options = "rw";
    frame.table = std::make_shared<const MountTable>(std::move(entries));

    RecordingWriter writer;
    RecordingReader reader;
    const std::string text = writer.header(exampleHeader()) + writer.frame(frame);
    QVERIFY(QString::fromStdString(text).toStdString() == text); // UTF-8
    const auto status = reader.append(text);
    QVERIFY2(status, status ? "" : status.error().what.c_str());
    const Frame &again = reader.recording().frames[0];
    QVERIFY(again.root == frame.root);
    QVERIFY(again.cwd == frame.cwd);
    QVERIFY(*again.table == *frame.table);
    QVERIFY(again.error->path == bytes);
    QCOMPARE(again.error->what, "not \xef\xbf\xbd text");
}

void TestRecording::wrongLines_data()
{
    QTest::addColumn<QByteArray>("what"); // replaced in the second frame's line; empty: the whole line
    QTest::addColumn<QByteArray>("with");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("says");
    const auto add = [](const char *name, const char *what, const char *with, const char *code, const char *says) {
        QTest::newRow(name) << QByteArray(what) << QByteArray(with) << QString(code) << QString(says);
    };
    add("an empty line", "", "\n", "json.syntax", "line 3");
    add("no JSON", "", "nonsense\n", "json.syntax", "line 3, column");
    add("a list", "", "[]\n", "json.field", "line 3: the document must be an object");
    add("a step beyond the plan", "\"step\":0", "\"step\":3", "json.field",
        "line 3: step is 3, but the plan has 3 steps");
    add("a negative step", "\"step\":0", "\"step\":-1", "json.field", "line 3: step");
    add("an unknown field", "\"step\":0", "\"step\":0,\"colour\":1", "json.field", "line 3: unknown field colour");
    add("a missing field", "\"pid\":4711,", "", "json.field", "line 3: pid is missing");
    add("a negative pid", "\"pid\":4711", "\"pid\":-4711", "json.field", "line 3: pid");
    add("a user id of 33 bits", "\"uid\":0", "\"uid\":4294967296", "json.field", "line 3: uid");
    add("a namespace that is no number", "4026531841", "\"x\"", "json.field", "line 3: namespaces");
    add("an anchor without mount", "\"path\":\"/home\",\"mountId\":1", "\"path\":\"/home\"", "json.field",
        "line 3: cwd.mountId is missing");
    add("an anchor with an escaped NUL", "\"/home\"", "\"/\\\\000\"", "json.field", "line 3: cwd.path holds a NUL");
    add("an initial frame with a step", "\"step\":0,\"initial\":false", "\"step\":1,\"initial\":true", "json.field",
        "line 3: step is 1");
    add("an error that is none", "\"gid\":0", "\"gid\":0,\"error\":{}", "json.field", "line 3: error.code is missing");
    add("removing a mount that is not there", "\"gid\":0", "\"gid\":0,\"mounts\":{\"removed\":[99]}", "json.field",
        "line 3: mounts.removed names mount 99");
    add("nested too deep", "\"gid\":0", "\"gid\":[[[[[[[[[[[[[[[[[0]]]]]]]]]]]]]]]]]", "json.limit", "line 3: nested");
}

void TestRecording::wrongLines()
{
    QFETCH(QByteArray, what);
    QFETCH(QByteArray, with);
    QFETCH(QString, says);
    const std::vector<std::string> lines = exampleLines();
    QByteArray wrong = QByteArray::fromStdString(lines[2]);
    if (what.isEmpty()) {
        wrong = with;
    } else {
        QVERIFY2(wrong.contains(what), wrong.constData());
        wrong.replace(what, with);
    }
    RecordingReader reader;
    QVERIFY(reader.append(lines[0] + lines[1]));
    const auto status = reader.append(wrong.toStdString());
    QVERIFY(!status);
    QTEST(QString::fromStdString(status.error().code), "code");
    QVERIFY2(QString::fromStdString(status.error().what).startsWith(says), status.error().what.c_str());
    QCOMPARE(reader.recording().frames.size(), 1U);
}

void TestRecording::failuresStay()
{
    const std::vector<std::string> lines = exampleLines();
    RecordingReader reader;
    QVERIFY(!reader.append(lines[0] + lines[1] + "{}\n" + lines[2]));
    const auto again = reader.append(lines[2]);
    QVERIFY(!again);
    QVERIFY(again.error().what.starts_with("line 3"));
    QCOMPARE(reader.recording().frames.size(), 1U);
}

void TestRecording::newerVersionsAreRefused()
{
    QByteArray line = QByteArray::fromStdString(exampleLines()[0]);
    QVERIFY(line.startsWith("{\"pbrec\":1,"));
    RecordingReader newer;
    const auto status = newer.append(line.replace("{\"pbrec\":1,", "{\"pbrec\":2,\"later\":0,").toStdString());
    QVERIFY(!status);
    QCOMPARE(status.error().code, "recording.version");
    QVERIFY(!status.error().hint.empty());

    RecordingReader other;
    const auto foreign = other.append("{\"name\":\"x\"}\n");
    QVERIFY(!foreign);
    QCOMPARE(foreign.error().code, "recording.format");
}

void TestRecording::limits_data()
{
    QTest::addColumn<quint64>("fileBytes");
    QTest::addColumn<quint64>("lineBytes");
    QTest::addColumn<quint64>("frames");
    QTest::addColumn<quint64>("rows");
    QTest::addColumn<int>("read"); // frames before it fails, -1: not even the header; 4: all
    const std::vector<std::string> lines = exampleLines();
    const quint64 all = joined(lines).size();
    const quint64 enough = 1 << 20;
    quint64 longest = 0;
    for (const std::string &line : lines)
        longest = std::max(longest, quint64{line.size() - 1});
    QTest::newRow("all fit exactly") << all << longest << quint64{4} << quint64{4} << 4;
    QTest::newRow("a file of one byte too many") << all - 1 << enough << enough << enough << 3;
    QTest::newRow("a line of one byte too many") << enough << longest - 1 << enough << enough << -1;
    QTest::newRow("a frame too many") << enough << enough << quint64{3} << enough << 3;
    QTest::newRow("a row too many: two in the first table, two in the third")
        << enough << enough << enough << quint64{3} << 2;
    QTest::newRow("no row at all") << enough << enough << enough << quint64{0} << 0;
}

void TestRecording::limits()
{
    QFETCH(quint64, fileBytes);
    QFETCH(quint64, lineBytes);
    QFETCH(quint64, frames);
    QFETCH(quint64, rows);
    QFETCH(int, read);
    RecordingReader reader({.fileBytes = fileBytes, .lineBytes = lineBytes, .frames = frames, .rows = rows});
    Status status;
    for (const std::string &line : exampleLines())
        if (status)
            status = reader.append(line);
    QCOMPARE(status.has_value(), read == 4);
    if (!status)
        QCOMPARE(status.error().code, "recording.limit");
    QCOMPARE(reader.hasHeader(), read >= 0);
    QCOMPARE(reader.recording().frames.size(), static_cast<std::size_t>(std::max(read, 0)));
    // A line is bounded before it ends, too.
    RecordingReader endless({.lineBytes = 100});
    QVERIFY(endless.append(std::string(100, ' ')));
    QVERIFY(!endless.append(" "));
}

void TestRecording::files_data()
{
    QTest::addColumn<int>("cut");    // bytes of the example that the file has; -1: no file, -2: a directory
    QTest::addColumn<int>("frames"); // -1: refused
    const auto lines = exampleLines();
    const int header = static_cast<int>(lines[0].size());
    const int all = static_cast<int>(joined(lines).size());
    QTest::newRow("a whole file") << all << 4;
    QTest::newRow("a file cut off in its last line") << all - 1 << 3;
    QTest::newRow("a header alone") << header << 0;
    QTest::newRow("a header cut off") << header - 1 << -1;
    QTest::newRow("an empty file") << 0 << -1;
    QTest::newRow("no file") << -1 << -1;
    QTest::newRow("a directory") << -2 << -1;
}

void TestRecording::files()
{
    QFETCH(int, cut);
    QFETCH(int, frames);
    const QTemporaryDir directory;
    const QString path = cut == -2 ? directory.path() : directory.filePath("x.pbrec");
    if (cut >= 0) {
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(QByteArray::fromStdString(joined(exampleLines())).left(cut));
    }
    const auto recording = loadRecording(path.toStdString());
    QCOMPARE(recording.has_value(), frames >= 0);
    if (recording) {
        QCOMPARE(recording->frames.size(), static_cast<std::size_t>(frames));
        QCOMPARE(recording->truncated, frames == 3);
    } else {
        QCOMPARE(QString::fromStdString(recording.error().path), path);
        QVERIFY(!recording.error().what.empty());
    }
}

QTEST_GUILESS_MAIN(TestRecording)
#include "tst_recording.moc"
