# SPDX-License-Identifier: Apache-2.0
"""A lesson on the Stage, in a real window. Run by in_display; PIVOTBENCH names the program."""

import os
import tempfile

from driver import Program, keys, picture, run, type_text, until, walk

FOLDER = tempfile.mkdtemp()


def strip(program, words):
    """What the line above the stage says."""
    return program.has("label", words) or program.has("static", words)


def inspected(program, place):
    """Whether the step that is shown is this one; the strip tells how far the kernel is, which may be further."""
    return any(node.name == place for node in walk(program.application))


def watches_the_kernel():
    """runs to a breakpoint, looks inside while the old root is there, goes on, back, saves and exports what the kernel did"""
    path = os.path.join(FOLDER, "seen.pbrec")
    page = os.path.join(FOLDER, "seen.html")
    program = Program("--preset", "bare-pivot", "--place", "stage", "--step", "pivot-root")
    pivot = "Step 9 of 17"  # the switch to the new root
    try:
        until("the prediction", lambda: strip(program, "What the kernel model says"))
        until("the step", lambda: inspected(program, pivot))
        keys("F9")
        program.press("push button", "Watch the kernel do it")
        until("the kernel waits", lambda: strip(program, "The kernel waits before the first step"))
        picture("live-begin")
        keys("ctrl+Right")
        until("one step", lambda: strip(program, "Step 1 of"))
        program.press("push button", "Run on")
        until("the breakpoint", lambda: inspected(program, pivot))
        picture("live-pivot")
        program.press("push button", "Look inside")
        terminal = "Shell inside the half-built sandbox"
        until("the prompt", lambda: "#" in program.text("terminal", terminal))
        type_text("ls -d /oldroot/usr; echo $((40+2))-inside\n")
        until("the old root is there", lambda: "\n/oldroot/usr" in program.text("terminal", terminal))
        until("it computes", lambda: "\n42-inside" in program.text("terminal", terminal))
        picture("live-peek")
        program.press("push button", "Run on")
        until("it runs", lambda: strip(program, "Its program runs now"))
        until("the shell inside has ended", lambda: not program.has("terminal", terminal))
        picture("live-runs")
        until("the last step", lambda: inspected(program, "Step 17 of 17"))
        program.press("push button", "Step back")
        until("the step before", lambda: inspected(program, "Step 16 of 17"))
        program.press("push button", "Save the recording")
        until("the dialog", lambda: program.has("dialog", "Save the recording") or program.has("file chooser", "Save"))
        keys("ctrl+a")
        type_text(path)
        keys("Return")
        until("the file", lambda: os.path.exists(path) and '"origin":"kernel"' in open(path).readline())
        keys("ctrl+e")
        until("the dialog", lambda: program.has("dialog", "Export what") or program.has("file chooser", "Export what"))
        keys("ctrl+a")
        type_text(page)
        keys("Return")
        until("the page", lambda: open(page).read().startswith("<!DOCTYPE html>"))
        picture("exported")
        keys("ctrl+e")
        until("the dialog", lambda: program.has("dialog", "Export what") or program.has("file chooser", "Export what"))
        keys("ctrl+a")
        type_text("/proc/nowhere.html")
        keys("Return")
        until("why not", lambda: program.has("label", "Permission denied: /proc/nowhere.html"))
        picture("not-exported")
        program.press("push button", "Show its terminal")
        until("its terminal", lambda: program.has("terminal", "/bin/sh in Bare pivot"))
    finally:
        program.kill()
    program = Program(path)
    try:
        until("what was saved", lambda: strip(program, "“Bare pivot” on kernel"))
    finally:
        program.kill()


run(watches_the_kernel)
