# SPDX-License-Identifier: Apache-2.0
"""A newcomer's tour through the workbench, in a real window. Run by in_display; PIVOTBENCH names the program."""

import os
import re
import subprocess
import tempfile

from driver import Program, drag, keys, picture, run, type_text, until, walk

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


def adds_a_layer_and_drops_a_mount():
    """adds a folder as a layer by the menu, drops one from a file manager on the tree, and undoes both"""
    layer = os.path.join(FOLDER, "my-layer")
    os.makedirs(os.path.join(layer, "opt"))
    open(os.path.join(layer, "opt", "from-the-layer"), "w").close()
    source = os.path.join(FOLDER, "dropped")
    os.makedirs(source)
    program = Program("--preset", "busybox")
    files = Program.start(os.environ["DRAG_SOURCE"], source)
    try:
        until("Compose", lambda: program.has("frame", "BusyBox playground"))
        program.click("push button", "Add a layer")
        keys("Down")
        keys("Return")
        until("the dialog", lambda: program.has("dialog", "Add a folder as a layer") or
              program.has("file chooser", "Add a folder as a layer"))
        type_text(layer)
        keys("Return")
        until("the layer's card", lambda: program.has("list item", "my-layer") or program.has("push button", "my-layer"))
        until("its directory in the tree", lambda: program.has("table cell", "opt") or program.has("tree item", "opt"))
        picture("layer")
        role = "tree item" if program.has("tree item", "opt") else "table cell"
        drag(files.middle("label", "the folder"), program.middle(role, "opt"))
        until("the dropped mount", lambda: program.has("list item", "/opt/dropped ← " + source))
        picture("drop")
        program.click(role, "opt")  # the other window has the focus
        keys("ctrl+z")
        until("no mount again", lambda: not program.has("list item", "/opt/dropped ← "))
        keys("ctrl+z")
        until("no layer again", lambda: not program.has("list item", "my-layer"))
    finally:
        files.kill()
        program.kill()


def sees_changes_and_keeps_them():
    """changes a file in a sandbox, sees the difference, keeps it, stops, and finds it kept in the saved document"""
    path = os.path.join(FOLDER, "kept.pbox")
    program = Program("--preset", "busybox")
    try:
        until("Compose", lambda: program.has("frame", "BusyBox playground"))
        keys("F5")
        terminal = "/bin/sh in BusyBox playground"
        until("the prompt", lambda: "root@playground" in program.text("terminal", terminal))
        type_text("echo a-new-line >> /etc/passwd; rm -r /home\n")
        program.press("check box" if program.has("check box", "Changes") else "push button", "Changes")
        until("the changed file", lambda: program.has("tree item", "passwd") or program.has("table cell", "passwd"))
        program.click("tree item" if program.has("tree item", "passwd") else "table cell", "passwd")
        until("its difference", lambda: "+a-new-line" in program.text("text", "Difference of the file"))
        picture("changes")
        keys("ctrl+Home")
        program.click("tree item" if program.has("tree item", "passwd") else "table cell", "passwd")
        program.press("push button", "Keep")
        until("the dialog", lambda: program.has("dialog", "Keep the changes"))
        keys("ctrl+a")
        type_text("tour")
        keys("Return")
        until("the document uses it", lambda: program.has("frame", "*") or program.has("frame", "BusyBox playground"))
        state = os.path.join(os.environ["XDG_STATE_HOME"], "pivotbench", "layers", "tour", "upper", "etc", "passwd")
        until("the kept file", lambda: "a-new-line" in open(state).read())
        program.press("push button", "Stop")
        program.press("push button", "Stop")
        until("its end", lambda: program.has("label", "ended") or program.has("static", "ended"))
        # What was not kept can still be looked at, and be discarded.
        role = "tree item" if program.has("tree item", "home") else "table cell"
        program.click(role, "home")
        program.press("push button", "Discard")
        until("the question", lambda: program.has("push button", "Cancel"))
        keys("Left")
        keys("Return")
        left = "0 added, 1 changed, 0 deleted"
        until("one change less", lambda: program.has("label", left) or program.has("static", left))
        picture("discarded")
        keys("ctrl+s")
        until("the dialog", lambda: program.has("dialog", "Save the sandbox") or program.has("file chooser", "Save"))
        keys("ctrl+a")
        type_text(path)
        keys("Return")
        until("the file", lambda: os.path.exists(path) and '"keepName": "tour"' in open(path).read())
    finally:
        program.kill()
    program = Program(path, "--run")
    try:
        terminal = "/bin/sh in BusyBox playground"
        until("the prompt", lambda: "root@playground" in program.text("terminal", terminal))
        type_text("grep -c a-new-line /etc/passwd; ls -d /home\n")
        until("what was kept is there", lambda: re.search(r"\n1\b", program.text("terminal", terminal)))
    finally:
        program.kill()


def meets_a_sandbox_of_the_command_line():
    """sees a sandbox that pivotctl has launched, opens two terminals in it, sends a signal to one process, and it ends"""
    program = Program("--preset", "busybox", "--place", "run")
    launched = None
    try:
        until("the window", lambda: program.has("frame", "BusyBox playground"))
        launched = subprocess.run([os.environ["PIVOTCTL"], "run", "-q", "-d", "--name", "from-the-shell", "busybox", "--",
                                   "sleep", "1234"], check=True, capture_output=True, text=True)
        until("its name", lambda: program.has("list item", "from-the-shell"))
        program.click("list item", "from-the-shell")
        program.press("push button", "New terminal")
        terminal = "/bin/sh in from-the-shell"
        until("a prompt", lambda: "#" in program.text("terminal", terminal))
        program.press("push button", "New terminal")
        until("two tabs", lambda: sum(node.getRoleName() == "page tab" and node.name.startswith("/bin/sh")
                                      for node in walk(program.application)) == 2)
        type_text("echo $((40+2))-two\n")
        until("what was typed in the second", lambda: "42-two" in program.text("terminal", terminal))
        role = "tree item" if program.has("tree item", "sleep 1234") else "table cell"
        until("its process", lambda: program.has(role, "sleep 1234") or program.has("tree item", "sleep 1234"))
        picture("found")
        program.menu(role, "sleep 1234", "Down", "Return")
        until("its end", lambda: program.has("label", "ended") or program.has("static", "ended"))
    finally:
        program.kill()
        if launched:
            subprocess.run([os.environ["PIVOTCTL"], "rm", "-f", "from-the-shell"], check=False, capture_output=True)


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


run(opens_a_preset_and_mends_it, runs_a_sandbox_and_types_in_it, adds_a_layer_and_drops_a_mount,
    sees_changes_and_keeps_them, meets_a_sandbox_of_the_command_line, saves_and_opens_again, survives_a_kill)
