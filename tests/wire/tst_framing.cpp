// SPDX-License-Identifier: Apache-2.0
#include "core/wire/framing.h"

#include <QTest>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace std::string_view_literals;
using pivotbench::core::UniqueFd;
using pivotbench::core::wire::MessageAssembler;
using pivotbench::core::wire::RawMessage;

namespace {

/// Descriptors that can be told apart: each is a pipe's reading end with one byte in it.
UniqueFd marked(char mark)
{
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        return {};
    UniqueFd reader(ends[0]);
    const UniqueFd writer(ends[1]);
    return ::write(writer.get(), &mark, 1) == 1 ? std::move(reader) : UniqueFd();
}

char markOf(const UniqueFd &fd)
{
    char mark = 0;
    return ::read(fd.get(), &mark, 1) == 1 ? mark : '\0';
}

std::vector<UniqueFd> markedAll(std::string_view marks)
{
    std::vector<UniqueFd> out;
    for (const char mark : marks)
        out.push_back(marked(mark));
    return out;
}

bool isOpen(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

/// What came out, as text: "message[marks]" each.
QString drain(MessageAssembler &assembler)
{
    QStringList out;
    while (auto message = assembler.next()) {
        QString text = QString::fromStdString(message->text) + "[";
        for (const UniqueFd &fd : message->descriptors)
            text += QChar::fromLatin1(markOf(fd));
        out += text + "]";
    }
    return out.join(" ");
}

} // namespace

class tst_Framing : public QObject {
    Q_OBJECT
private slots:
    void splitsAStream_data()
    {
        QTest::addColumn<QByteArray>("stream");
        QTest::addColumn<QString>("messages");
        QTest::newRow("one message") << QByteArray("{}\0", 3) << "{}[]";
        QTest::newRow("many messages in one read") << QByteArray("a\0bc\0def\0g\0", 11) << "a[] bc[] def[] g[]";
        QTest::newRow("the end of a message is missing") << QByteArray("a\0bc", 4) << "a[]";
        QTest::newRow("nothing") << QByteArray() << "";
    }
    void splitsAStream()
    {
        QFETCH(QByteArray, stream);
        QFETCH(QString, messages);
        MessageAssembler assembler(100, 4);
        QVERIFY(assembler.append({stream.data(), size_t(stream.size())}, {}));
        QCOMPARE(drain(assembler), messages);
        QCOMPARE(assembler.empty(), stream.isEmpty() || stream.endsWith('\0'));
    }

    void isTheSameWhereverTheStreamIsTorn()
    {
        const std::string_view stream = "{\"a\":1}\0x\0{\"bb\":[2]}\0"sv;
        for (size_t cut = 0; cut <= stream.size(); ++cut) {
            for (size_t second = cut; second <= stream.size(); ++second) {
                MessageAssembler assembler(100, 4);
                QVERIFY(assembler.append(stream.substr(0, cut), {}));
                QString out = drain(assembler);
                QVERIFY(assembler.append(stream.substr(cut, second - cut), {}));
                out += " " + drain(assembler);
                QVERIFY(assembler.append(stream.substr(second), {}));
                out += " " + drain(assembler);
                QCOMPARE(out.simplified(), "{\"a\":1}[] x[] {\"bb\":[2]}[]");
                QVERIFY(assembler.empty());
            }
        }
    }

    void keepsAMessageUntilItIsTaken()
    {
        MessageAssembler assembler(100, 4);
        QVERIFY(assembler.append("a\0b\0c"sv, {}));
        QCOMPARE(assembler.next()->text, "a");
        QVERIFY(assembler.append("c\0d\0"sv, {}));
        QCOMPARE(drain(assembler), "b[] cc[] d[]");
    }

    void givesDescriptorsToTheMessageOfTheirLastByte()
    {
        MessageAssembler assembler(100, 4);
        QVERIFY(assembler.append("plain\0with"sv, markedAll("pq")));
        QVERIFY(assembler.append(" more"sv, markedAll("r")));
        QVERIFY(assembler.append(" and the end\0"sv, markedAll("s")));
        QVERIFY(assembler.append("last\0"sv, markedAll("t")));
        QCOMPARE(drain(assembler), "plain[] with more and the end[pqrs] last[t]");
    }

    void agreesWithTheKernelAboutWhoseDescriptorsTheyAre()
    {
        int ends[2];
        QCOMPARE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
        const UniqueFd sender(ends[0]);
        const UniqueFd receiver(ends[1]);
        const auto send = [&](std::string_view text, char mark) {
            const UniqueFd fd = mark ? marked(mark) : UniqueFd();
            iovec part{const_cast<char *>(text.data()), text.size()};
            msghdr header{};
            header.msg_iov = &part;
            header.msg_iovlen = 1;
            alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
            if (mark) {
                header.msg_control = control;
                header.msg_controllen = sizeof control;
                *CMSG_FIRSTHDR(&header) = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
                const int raw = fd.get();
                memcpy(CMSG_DATA(CMSG_FIRSTHDR(&header)), &raw, sizeof raw);
            }
            return ::sendmsg(sender.get(), &header, 0) == ssize_t(text.size());
        };
        QVERIFY(send("one\0"sv, 0));
        QVERIFY(send("two\0"sv, 'p'));
        QVERIFY(send("three\0"sv, 0));
        QVERIFY(send("fo"sv, 'q'));
        QVERIFY(send("ur\0"sv, 0));
        QVERIFY(send("five\0"sv, 'r'));
        QCOMPARE(::shutdown(sender.get(), SHUT_WR), 0);

        MessageAssembler assembler(100, 4);
        for (;;) {
            char bytes[200];
            alignas(cmsghdr) char control[CMSG_SPACE(4 * sizeof(int))];
            iovec part{bytes, sizeof bytes};
            msghdr header{};
            header.msg_iov = &part;
            header.msg_iovlen = 1;
            header.msg_control = control;
            header.msg_controllen = sizeof control;
            const ssize_t count = ::recvmsg(receiver.get(), &header, MSG_CMSG_CLOEXEC);
            QVERIFY(count >= 0);
            if (count == 0)
                break;
            std::vector<UniqueFd> fds;
            if (const cmsghdr *rights = CMSG_FIRSTHDR(&header)) {
                int raw = -1;
                memcpy(&raw, CMSG_DATA(rights), sizeof raw);
                fds.emplace_back(raw);
            }
            QVERIFY(assembler.append({bytes, size_t(count)}, std::move(fds)));
        }
        QCOMPARE(drain(assembler), "one[] two[p] three[] four[q] five[r]");
    }

    void refusesWhatIsBeyondItsLimits_data()
    {
        QTest::addColumn<QByteArray>("stream");
        QTest::addColumn<int>("descriptors");
        QTest::addColumn<QString>("code");
        QTest::newRow("a message of the longest length is taken") << QByteArray("12345678\0", 9) << 0 << "";
        QTest::newRow("a message one byte longer is not") << QByteArray("123456789\0", 10) << 0 << "wire.limit";
        QTest::newRow("nor one whose end is not there yet") << QByteArray("123456789") << 0 << "wire.limit";
        QTest::newRow("nor a long one behind a short one") << QByteArray("1\0"
                                                                         "123456789",
                                                                         11)
                                                           << 0 << "wire.limit";
        QTest::newRow("an empty message is none") << QByteArray("\0", 1) << 0 << "wire.framing";
        QTest::newRow("nor is one between others") << QByteArray("a\0\0b\0", 5) << 0 << "wire.framing";
        QTest::newRow("as many descriptors as allowed are taken") << QByteArray("a\0", 2) << 3 << "";
        QTest::newRow("one descriptor more is not") << QByteArray("a\0", 2) << 4 << "wire.limit";
    }
    void refusesWhatIsBeyondItsLimits()
    {
        QFETCH(QByteArray, stream);
        QFETCH(int, descriptors);
        QFETCH(QString, code);
        MessageAssembler assembler(8, 3);
        const auto status = assembler.append({stream.data(), size_t(stream.size())},
                                             markedAll(std::string_view("abcd").substr(0, size_t(descriptors))));
        QCOMPARE(QString::fromStdString(status ? "" : status.error().code), code);
    }

    void countsTheDescriptorsOfOneMessageOverManyReads()
    {
        MessageAssembler assembler(100, 3);
        QVERIFY(assembler.append("a"sv, markedAll("pq")));
        QVERIFY(assembler.append("b"sv, markedAll("r")));
        QVERIFY(!assembler.append("c\0"sv, markedAll("s")));
    }

    void countsThemForEachMessageAlone()
    {
        MessageAssembler assembler(100, 3);
        for (int i = 0; i < 5; ++i)
            QVERIFY(assembler.append("a\0"sv, markedAll("pqr")));
        QCOMPARE(drain(assembler), "a[pqr] a[pqr] a[pqr] a[pqr] a[pqr]");
    }

    void givesWhatWasCompleteBeforeAFailure()
    {
        MessageAssembler assembler(4, 3);
        QVERIFY(!assembler.append("good\0bad bad"sv, {}));
        QCOMPARE(drain(assembler), "good[]");
    }

    void closesDescriptorsWithTheirMessage()
    {
        UniqueFd taken = marked('t');
        UniqueFd left = marked('l');
        UniqueFd refused = marked('r');
        const int takenFd = taken.get();
        const int leftFd = left.get();
        const int refusedFd = refused.get();
        const auto one = [](UniqueFd fd) {
            std::vector<UniqueFd> fds;
            fds.push_back(std::move(fd));
            return fds;
        };
        {
            MessageAssembler assembler(4, 1);
            QVERIFY(assembler.append("a\0"sv, one(std::move(taken))));
            QVERIFY(assembler.append("b"sv, one(std::move(left))));
            QVERIFY(!assembler.append("c"sv, one(std::move(refused))));
            QVERIFY(!isOpen(refusedFd));
            {
                const auto message = assembler.next();
                QVERIFY(isOpen(takenFd));
            }
            QVERIFY(!isOpen(takenFd));
            QVERIFY(isOpen(leftFd));
        }
        QVERIFY(!isOpen(leftFd));
    }
};

QTEST_GUILESS_MAIN(tst_Framing)
#include "tst_framing.moc"
