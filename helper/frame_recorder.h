// SPDX-License-Identifier: Apache-2.0
//
// Observes a builder from outside and appends what it saw to the client's file (core/recording). The builder only hands
// over descriptors of where it stands; paths, mount ids and the mount table are read here, from the kernel.
#pragma once

#include "core/base/unique_fd.h"
#include "core/recording/recording.h"
#include "helper/builder_channel.h"

#include <memory>
#include <string>
#include <sys/types.h>

namespace pivotbench::helper {

class FrameRecorder {
public:
    /// `sink` has to be a regular file opened for writing: writing to it never waits for a reader.
    [[nodiscard]] static core::Result<FrameRecorder> create(core::UniqueFd sink);

    /// The header, and a frame of the state before the first step: the helper's own.
    [[nodiscard]] core::Status begin(const core::RecordingHeader &header);
    /// The frame of one step, while the builder waits.
    [[nodiscard]] core::Status frame(const BuilderMessage &message, pid_t pid, const core::Error *error);
    /// The frame of the execution itself: the builder has become pid 1, the program runs.
    [[nodiscard]] core::Status executed(std::size_t step, pid_t pid);

private:
    explicit FrameRecorder(core::UniqueFd sink)
        : m_sink(std::move(sink))
    {
    }
    [[nodiscard]] core::Status readTable(const std::string &file, core::Frame &frame);
    [[nodiscard]] core::Status append(const std::string &line);

    core::UniqueFd m_sink;
    core::RecordingWriter m_writer;
    core::Frame m_last;
    std::string m_lastText;
    std::uint64_t m_began = 0;
};

} // namespace pivotbench::helper
