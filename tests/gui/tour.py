# SPDX-License-Identifier: Apache-2.0
"""A newcomer's tour through the workbench, in a real window. Run by in_display; PIVOTBENCH names the program."""

import os
import tempfile

from driver import Program, keys, picture, run, type_text, until

FOLDER = tempfile.mkdtemp()
FILE = os.path.join(FOLDER, "tour.pbox")


def opens_a_preset_and_mends_it():
    """opens a preset, makes a choice that cannot work, and mends it by the finding's button"""
    program = Program()
    try:
        program.press("push button", "BusyBox playground")
        until("the preset's window", lambda: program.has("frame", "BusyBox playground"))
        for section in "General", "Root", "Mounts", "Namespaces":  # folds three away, and shows the fourth
            program.press("push button", section)
        program.click("combo box", "Network")
        keys("Down")
        keys("Return")
        until("the error", lambda: program.has("push button", "Give it a network namespace"))
        program.press("push button", "Give it a network namespace")
        until("no error", lambda: not program.has("push button", "Give it a network namespace"))
        keys("ctrl+z")
        until("the error again", lambda: program.has("push button", "Give it a network namespace"))
    finally:
        program.kill()


def runs_a_sandbox_and_types_in_it():
    """runs a sandbox, types into its terminal, sees its processes, and stops it"""
    program = Program("--preset", "busybox")
    try:
        until("Compose", lambda: program.has("frame", "BusyBox playground"))
        keys("F5")
        terminal = "/bin/sh in BusyBox playground"
        until("the prompt", lambda: "root@playground" in program.text("terminal", terminal))
        type_text("echo $((6*7))-$(hostname)\n")
        until("what was typed ran", lambda: "42-playground" in program.text("terminal", terminal))
        until("its processes", lambda: program.has("table cell", "/bin/sh") or program.has("tree item", "/bin/sh"))
        program.press("push button", "Stop")
        program.press("push button", "Stop")  # a shell ignores SIGTERM; asked again, all are killed
        until("its end", lambda: program.has("label", "ended") or program.has("static", "ended"))
    finally:
        program.kill()


def saves_and_opens_again():
    """gives a sandbox a name, saves it, and opens it again"""
    program = Program("--preset", "bare-pivot")
    try:
        program.focus("text", "Name")
        keys("ctrl+a")
        type_text("My tour")
        until("the title", lambda: program.has("frame", "My tour"))
        keys("ctrl+s")
        until("the dialog", lambda: program.has("dialog", "Save the sandbox") or program.has("file chooser", "Save"))
        keys("ctrl+a")
        type_text(FILE)
        picture("save")
        keys("Return")
        until("the file", lambda: os.path.exists(FILE) and os.path.getsize(FILE) > 0)
    finally:
        program.kill()
    program = Program(FILE)
    try:
        until("the saved name", lambda: program.has("frame", "My tour"))
    finally:
        program.kill()


def survives_a_kill():
    """offers what was not saved when the program was killed"""
    program = Program(FILE)
    try:
        program.focus("text", "Name")
        keys("ctrl+a")
        type_text("Not saved")
        state = os.path.join(os.environ["XDG_STATE_HOME"], "pivotbench", "recovery")
        until("the copy", lambda: any(b"Not saved" in open(os.path.join(state, name), "rb").read()
                                      for name in os.listdir(state) if name.endswith(".pbox")))
    finally:
        program.kill()
    program = Program()
    try:
        program.press("push button", "Recover")
        until("what was lost", lambda: program.has("frame", "Not saved"))
    finally:
        program.kill()


run(opens_a_preset_and_mends_it, runs_a_sandbox_and_types_in_it, saves_and_opens_again, survives_a_kill)
