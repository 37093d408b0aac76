// SPDX-License-Identifier: Apache-2.0
//
// Capability sets, changed for real in children: as root, and as an ordinary user in a user namespace of its own.
// libcap-ng is the witness: it reads the sets back by its own means, and has its own table of names.
#include "core/spec/capability_names.h"
#include "helper/capabilities.h"
#include "tests/helper/allocation_counter.h"
#include "tests/helper/in_child.h"

#include <QtTest>

#include <cap-ng.h>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/capability.h>
#include <sched.h>
#include <string>
#include <sys/prctl.h>

using namespace pivotbench;
using namespace pivotbench::helper;
using pivotbench::test::inChild;

namespace {

constexpr int cannotBeThere = 200; ///< the child could not become what the test is about
constexpr uid_t ordinary = 1000;

struct Sets {
    CapabilityMask effective = 0, permitted = 0, inheritable = 0, bounding = 0, ambient = 0;
};

Sets readSets()
{
    Sets sets;
    capng_setpid(getpid()); // else it answers for the process that asked first
    if (capng_get_caps_process() != 0)
        _exit(201);
    const auto read = [](capng_type_t type) {
        CapabilityMask mask = 0;
        for (unsigned number = 0; number < core::capabilityNames.size(); ++number)
            if (capng_have_capability(type, number))
                mask |= CapabilityMask{1} << number;
        return mask;
    };
    sets.effective = read(CAPNG_EFFECTIVE);
    sets.permitted = read(CAPNG_PERMITTED);
    sets.inheritable = read(CAPNG_INHERITABLE);
    sets.bounding = read(CAPNG_BOUNDING_SET);
    sets.ambient = read(CAPNG_AMBIENT);
    return sets;
}

bool writeFile(const char *path, const std::string &text)
{
    const int file = open(path, O_WRONLY | O_CLOEXEC);
    const bool written = file >= 0 && write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    close(file);
    return written;
}

enum class Place { Root, UserNamespace };

/// Makes the child what the row says, or leaves with cannotBeThere.
void become(Place place)
{
    if (place == Place::Root) {
        if (geteuid() != 0)
            _exit(cannotBeThere);
        return;
    }
    if (geteuid() == 0 &&
        (setresgid(ordinary, ordinary, ordinary) != 0 || setresuid(ordinary, ordinary, ordinary) != 0))
        _exit(cannotBeThere);
    prctl(PR_SET_DUMPABLE, 1); // the change of ids took /proc/self away from us
    const std::string uid = std::to_string(geteuid()), gid = std::to_string(getegid());
    if (unshare(CLONE_NEWUSER) != 0 || !writeFile("/proc/self/setgroups", "deny") ||
        !writeFile("/proc/self/uid_map", "0 " + uid + " 1") || !writeFile("/proc/self/gid_map", "0 " + gid + " 1"))
        _exit(cannotBeThere);
}

/// Whether the kernel gives a program the set after execve: `field` of /proc/self/status as a shell reads it.
int execAndCompare(const char *field, CapabilityMask expected)
{
    const std::string script = fmt::format("while read -r name value; do [ \"$name\" = {}: ] && [ \"$value\" = {:016x} "
                                           "] && exit 0; done < /proc/self/status; "
                                           "exit 1",
                                           field, expected);
    execl("/bin/sh", "sh", "-c", script.c_str(), nullptr);
    return 202;
}

CapabilityMask defaultMask() { return *capabilityMask(core::defaultCapabilities()); }

} // namespace

Q_DECLARE_METATYPE(Place)

class TestCapabilities : public QObject {
    Q_OBJECT

private slots:
    void namesAgreeWithLibcapNg();
    void namesBecomeBits();
    void unknownNamesAreRefused_data();
    void unknownNamesAreRefused();

    void theBoundingSetIsLimited_data() { places(); }
    void theBoundingSetIsLimited();
    void onlyWhatIsKeptIsHeld_data() { places(); }
    void onlyWhatIsKeptIsHeld();
    void ambientCapabilitiesAreKept_data() { places(); }
    void ambientCapabilitiesAreKept();
    void ambientCapabilitiesAreCleared_data() { places(); }
    void ambientCapabilitiesAreCleared();
    void aProgramOfRootHasNoMore_data() { places(); }
    void aProgramOfRootHasNoMore();
    void whatWasLostIsAnError_data() { places(); }
    void whatWasLostIsAnError();
    void whatTheHostLacksIsLeftOut_data() { places(); }
    void whatTheHostLacksIsLeftOut();
    void capabilitiesSurviveAChangeOfIds();
    void withoutKeepingAChangeOfIdsLosesThem();
    void errorsNeedNoMemory();
    void aSharedMemoryChildDropsItsOwn();

private:
    static void places()
    {
        QTest::addColumn<Place>("place");
        QTest::newRow("as root") << Place::Root;
        QTest::newRow("as an ordinary user in a user namespace") << Place::UserNamespace;
    }
    /// Runs `body` in a child at the row's place. It returns 0, or a number that says where it went wrong.
    template <typename Body> static void check(Body body)
    {
        QFETCH(Place, place);
        const int status = inChild([&] {
            become(place);
            return body();
        });
        if (status == cannotBeThere)
            QSKIP(place == Place::Root ? "needs root" : "user namespaces are not available");
        QCOMPARE(status, 0);
    }
};

void TestCapabilities::namesAgreeWithLibcapNg()
{
    for (unsigned number = 0; number < core::capabilityNames.size(); ++number) {
        const char *name = capng_capability_to_name(number);
        QVERIFY2(name != nullptr, std::to_string(number).c_str());
        const QByteArray ours = QByteArray::fromStdString(std::string(core::capabilityNames[number]));
        QCOMPARE(ours, "CAP_" + QByteArray(name).toUpper());
        QCOMPARE(core::capabilityNumber(core::capabilityNames[number]), std::optional(number));
    }
}

void TestCapabilities::namesBecomeBits()
{
    QCOMPARE(*capabilityMask({}), CapabilityMask{0});
    QCOMPARE(*capabilityMask({"CAP_CHOWN", "CAP_CHOWN"}), CapabilityMask{1});
    QCOMPARE(*capabilityMask({"CAP_CHECKPOINT_RESTORE", "CAP_CHOWN"}), (CapabilityMask{1} << 40) | 1);
    QCOMPARE(*capabilityMask(core::allCapabilities()), (CapabilityMask{1} << 41) - 1);
    QCOMPARE(defaultMask(), CapabilityMask{0x800405fb}); // what Podman's containers show in CapBnd
}

void TestCapabilities::unknownNamesAreRefused_data()
{
    QTest::addColumn<QByteArray>("name");
    QTest::newRow("lower case") << QByteArray("cap_chown");
    QTest::newRow("without its prefix") << QByteArray("CHOWN");
    QTest::newRow("empty") << QByteArray("");
    QTest::newRow("a number") << QByteArray("0");
    QTest::newRow("with a space") << QByteArray("CAP_CHOWN ");
    QTest::newRow("with a NUL") << QByteArray("CAP_CHOWN\0", 10);
    QTest::newRow("an escape") << QByteArray("CAP_\x1b[31m");
}

void TestCapabilities::unknownNamesAreRefused()
{
    QFETCH(QByteArray, name);
    const auto mask = capabilityMask({"CAP_KILL", name.toStdString()});
    QVERIFY(!mask);
    QCOMPARE(mask.error().code, std::string("capability.unknown"));
    QVERIFY(mask.error().what.find('\x1b') == std::string::npos);
}

void TestCapabilities::theBoundingSetIsLimited()
{
    check([] {
        const Sets before = readSets();
        if (!limitBoundingSet(defaultMask()))
            return 1;
        const Sets after = readSets();
        if (after.bounding != (before.bounding & defaultMask()))
            return 2;
        return after.effective == before.effective ? 0 : 3; // the sets of today are another step's
    });
}

void TestCapabilities::onlyWhatIsKeptIsHeld()
{
    check([] {
        const CapabilityMask bounding = readSets().bounding;
        if (!setCapabilities(defaultMask(), false))
            return 1;
        const Sets after = readSets();
        if (after.permitted != defaultMask() || after.effective != defaultMask())
            return 2;
        return after.inheritable == 0 && after.ambient == 0 && after.bounding == bounding ? 0 : 3;
    });
}

void TestCapabilities::ambientCapabilitiesAreKept()
{
    check([] {
        const CapabilityMask kept = *capabilityMask({"CAP_NET_BIND_SERVICE", "CAP_KILL"});
        if (!setCapabilities(kept, true))
            return 1;
        const Sets after = readSets();
        return after.permitted == kept && after.effective == kept && after.inheritable == kept && after.ambient == kept
                   ? 0
                   : 2;
    });
}

void TestCapabilities::ambientCapabilitiesAreCleared()
{
    check([] {
        const CapabilityMask kept = *capabilityMask({"CAP_NET_BIND_SERVICE"});
        if (!setCapabilities(kept, true) || !setCapabilities(kept, false))
            return 1;
        const Sets after = readSets();
        return after.permitted == kept && after.inheritable == 0 && after.ambient == 0 ? 0 : 2;
    });
}

void TestCapabilities::aProgramOfRootHasNoMore()
{
    check([] {
        const CapabilityMask kept = *capabilityMask({"CAP_CHOWN", "CAP_SYS_CHROOT"});
        if (!limitBoundingSet(kept) || !setCapabilities(kept, false))
            return 1;
        return execAndCompare("CapPrm", kept);
    });
}

void TestCapabilities::whatWasLostIsAnError()
{
    check([] {
        if (!setCapabilities(0, false))
            return 1;
        const core::Status status = setCapabilities(1, false);
        return !status && status.error().errnum == EPERM ? 0 : 2;
    });
}

void TestCapabilities::whatTheHostLacksIsLeftOut()
{
    check([] {
        const CapabilityMask without = *capabilityMask({"CAP_CHOWN", "CAP_SETPCAP"});
        if (!limitBoundingSet(without) || !setCapabilities(~CapabilityMask{0}, false))
            return 1;
        return readSets().permitted == without ? 0 : 2;
    });
}

void TestCapabilities::capabilitiesSurviveAChangeOfIds()
{
    if (geteuid() != 0)
        QSKIP("needs root");
    QCOMPARE(inChild([] {
                 const CapabilityMask kept = *capabilityMask({"CAP_NET_BIND_SERVICE"});
                 if (!limitBoundingSet(kept) || !keepCapabilitiesOverIdChange())
                     return 1;
                 if (setresuid(ordinary, ordinary, ordinary) != 0 || !setCapabilities(kept, true))
                     return 2;
                 return execAndCompare("CapEff", kept);
             }),
             0);
}

void TestCapabilities::withoutKeepingAChangeOfIdsLosesThem()
{
    if (geteuid() != 0)
        QSKIP("needs root");
    QCOMPARE(inChild([] {
                 if (setresuid(ordinary, ordinary, ordinary) != 0)
                     return 1;
                 const core::Status status = setCapabilities(1, true);
                 return !status && status.error().errnum == EPERM ? 0 : 2;
             }),
             0);
}

void TestCapabilities::errorsNeedNoMemory()
{
    QCOMPARE(inChild([] {
                 if (!setCapabilities(0, false))
                     return 1;
                 const std::size_t before = test::allocations;
                 const core::Status capset = setCapabilities(1, false);
                 const core::Status bounding = limitBoundingSet(0);
                 if (test::allocations != before)
                     return 2;
                 return !capset && !bounding && bounding.error().errnum == EPERM ? 0 : 3;
             }),
             0);
}

void TestCapabilities::aSharedMemoryChildDropsItsOwn()
{
    const Sets before = readSets();
    const CapabilityMask kept = before.permitted & defaultMask();
    int status = 0;
    const pid_t child = vfork();
    QVERIFY(child >= 0);
    if (child == 0)
        _exit(setCapabilities(kept, false) ? 0 : 1);
    QCOMPARE(waitpid(child, &status, 0), child);
    QCOMPARE(status, 0);
    QCOMPARE(readSets().permitted, before.permitted);
}

QTEST_GUILESS_MAIN(TestCapabilities)
#include "tst_capabilities.moc"
