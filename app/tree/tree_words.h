// SPDX-License-Identifier: Apache-2.0
//
// What the tree says of a row, for eyes and for ears: the same facts in short words, in full sentences, and in the tool
// tip. Interface thread; made where it is needed.
#pragma once

#include "app/tree/tree_source.h"

#include <QCoreApplication>
#include <QString>
#include <QStringList>

namespace pivotbench::app {

class MergedTreeModel;

class TreeWords {
    Q_DECLARE_TR_FUNCTIONS(TreeWords)
public:
    explicit TreeWords(const MergedTreeModel &model)
        : m_model(model)
    {
    }

    [[nodiscard]] QString providedBy(const TreeEntry &entry) const;
    [[nodiscard]] static QString size(const TreeEntry &entry);
    /// "ro", "hides 2 below", "will be created", …
    [[nodiscard]] QStringList notes(const TreeEntry &entry) const;
    /// The name and what it is: "bin, directory".
    [[nodiscard]] QString sentence(const TreeEntry &entry) const;
    /// Provider, what it hides, mounts; full sentences.
    [[nodiscard]] QString description(const TreeEntry &entry) const;
    [[nodiscard]] QString toolTip(const TreeEntry &entry) const;

    [[nodiscard]] static QString kindWord(const TreeEntry &entry);

private:
    [[nodiscard]] QString layers(const QList<int> &layers) const;
    [[nodiscard]] QStringList mountSentences(const TreeEntry &entry) const;
    [[nodiscard]] QStringList layerSentences(const TreeEntry &entry) const;

    const MergedTreeModel &m_model;
};

} // namespace pivotbench::app
