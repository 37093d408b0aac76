// SPDX-License-Identifier: Apache-2.0
#include "core/base/result.h"

#include <QTest>
#include <cerrno>

using namespace pivotbench::core;

class TestResult : public QObject {
    Q_OBJECT
private slots:
    void describesWhatWhereWhyAndWhatToDo();
    void keepsTheCauseWhenWrapped();
    void knowsErrnoByNameAndInWords();
};

void TestResult::describesWhatWhereWhyAndWhatToDo()
{
    Error error{.code = "x",
                .what = "cannot open the layer",
                .errnum = ENOENT,
                .path = "/a\nb",
                .step = "overlay",
                .hint = "make it"};
    error.context.push_back("launching");
    QCOMPARE(QString::fromStdString(describe(error)),
             QString("step overlay: cannot open the layer: /a\\x0ab: No such file or directory (ENOENT)\n"
                     "  while launching\n"
                     "  hint: make it"));
}

void TestResult::keepsTheCauseWhenWrapped()
{
    const Status inner = systemError("cannot read", EACCES, "/f");
    const Status outer = wrap(wrap(inner.error(), "first").error(), "second");
    QCOMPARE(outer.error().errnum, EACCES);
    QCOMPARE(outer.error().context, (std::vector<std::string>{"first", "second"}));
    QCOMPARE(outer.error().what, std::string("cannot read"));
}

void TestResult::knowsErrnoByNameAndInWords()
{
    QCOMPARE(errnoName(EINVAL), std::string("EINVAL"));
    QCOMPARE(errnoName(4242), std::string("errno 4242"));
    QCOMPARE(errnoWords(EINVAL), std::string("Invalid argument"));
    QCOMPARE(errnoWords(4242), std::string("unknown error 4242"));
}

QTEST_GUILESS_MAIN(TestResult)
#include "tst_result.moc"
