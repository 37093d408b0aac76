// SPDX-License-Identifier: Apache-2.0
//
// Looks into the manual pages of this machine: whether a reference such as "pivot_root(2), NOTES" leads to something.
// Pages are rendered once. Kernel documents ("Documentation/…") are no pages and are only checked for their form.
#pragma once

#include <QMap>
#include <QProcess>
#include <QRegularExpression>
#include <QStandardPaths>
#include <QString>
#include <QStringList>

class ManualPages {
public:
    /// False on a machine without man(1), or from which the pages have been stripped.
    [[nodiscard]] bool present()
    {
        return !QStandardPaths::findExecutable("man").isEmpty() && !headings("pivot_root", "2").isEmpty();
    }

    /// Empty when every reference of the list leads somewhere; otherwise what is wrong.
    [[nodiscard]] QString complaint(const QString &references)
    {
        static const QRegularExpression form(R"(^([a-z0-9_.]+)\(([1-8])\), ([A-Z][A-Z0-9 :\-]+)$)");
        for (const QString &reference : references.split("; ")) {
            if (reference.startsWith("Documentation/")) {
                if (!reference.endsWith(".rst"))
                    return "not a kernel document: " + reference;
                continue;
            }
            const QRegularExpressionMatch match = form.match(reference);
            if (!match.hasMatch())
                return "not a reference: " + reference;
            const QStringList found = headings(match.captured(1), match.captured(2));
            if (found.isEmpty())
                return "there is no page " + match.captured(1) + "(" + match.captured(2) + ")";
            if (!found.contains(match.captured(3)))
                return reference + ": the page has only " + found.join(", ");
        }
        return {};
    }

private:
    QStringList headings(const QString &page, const QString &section)
    {
        const QString key = page + "." + section;
        if (const auto known = m_headings.constFind(key); known != m_headings.constEnd())
            return *known;
        QProcess man;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert("LC_ALL", "C");
        environment.insert("MANWIDTH", "1000");
        environment.insert("MAN_KEEP_FORMATTING", "");
        man.setProcessEnvironment(environment);
        man.start("man", {"-P", "cat", section, page});
        QStringList found;
        if (man.waitForFinished(30000) && man.exitCode() == 0) {
            static const QRegularExpression heading("^[A-Z][A-Z0-9 :\\-]+$");
            for (const QString &line :
                 QString::fromUtf8(man.readAllStandardOutput()).remove(QRegularExpression(".\b")).split('\n'))
                if (heading.match(line).hasMatch())
                    found.append(line);
        }
        m_headings.insert(key, found);
        return found;
    }

    QMap<QString, QStringList> m_headings;
};
