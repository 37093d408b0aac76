# SPDX-License-Identifier: Apache-2.0
"""Drives the real program from outside: looks through AT-SPI by accessible name, acts by real keys and clicks."""

import os
import subprocess
import sys
import time

import gi

gi.require_version("Atspi", "2.0")
import pyatspi  # noqa: E402

PATIENCE = 40  # seconds; only for a machine that is very busy


class Failed(Exception):
    pass


def until(what, ask, patience=PATIENCE):
    """The first true answer of `ask`; an accessible that is gone meanwhile is no answer."""
    end = time.monotonic() + patience
    while True:
        try:
            answer = ask()
        except Exception:  # noqa: BLE001 - the accessibility bus raises whatever it likes
            answer = None
        if answer:
            return answer
        if time.monotonic() > end:
            if patience > 0:
                picture("failed " + what.replace("/", "_"))
            raise Failed(what)
        time.sleep(0.1)


def walk(node):
    yield node
    for i in range(node.childCount):
        child = node.getChildAtIndex(i)
        if child is not None:
            yield from walk(child)


def is_there(node):
    """Visible, if need be after scrolling."""
    return node.getState().contains(pyatspi.STATE_VISIBLE)


def names(node):
    """Its own, and that of its label: Qt tells a combo box's choice as its name, and what it is for by its label."""
    yield node.name
    for relation in node.getRelationSet():
        if relation.getRelationType() == pyatspi.RELATION_LABELLED_BY:
            for i in range(relation.getNTargets()):
                yield relation.getTarget(i).name


class Program:
    def __init__(self, *arguments):
        self._start([os.environ["PIVOTBENCH"], *arguments])

    @classmethod
    def start(cls, *command):
        """Another program than the workbench."""
        made = cls.__new__(cls)
        made._start(command)
        return made

    def _start(self, command):
        self.process = subprocess.Popen(command)
        self.application = until("the program is on the accessibility bus", self._find)

    def _find(self):
        desktop = pyatspi.Registry.getDesktop(0)
        for i in range(desktop.childCount):
            application = desktop.getChildAtIndex(i)
            if application is not None and application.get_process_id() == self.process.pid:
                return application
        return None

    def find(self, role, name, patience=PATIENCE):
        """What is there with this role and a name that begins so."""
        # Not by the role's name: a push button is a "button" in AT-SPI 2.56, and one with a menu another in Qt 6.8.
        roles = [getattr(pyatspi, "ROLE_" + role.upper().replace(" ", "_"))]
        if role == "push button":
            roles.append(pyatspi.ROLE_PUSH_BUTTON_MENU)

        def ask():
            for node in walk(self.application):
                if node.getRole() in roles and is_there(node) and any(own.startswith(name) for own in names(node)):
                    return node
            return None

        return until(f'a {role} "{name}"', ask, patience)

    def has(self, role, name):
        try:
            return self.find(role, name, 0)
        except Failed:
            return None

    def press(self, role, name):
        node = self.find(role, name)
        action = node.queryAction()
        wanted = [i for i in range(action.nActions) if action.getName(i) in ("Press", "Activate", "Toggle")]
        action.doAction(wanted[0] if wanted else 0)
        return node

    def click(self, role, name):
        def at_rest():
            node = self.find(role, name, 0)  # anew each time: a list that is read again has other items
            before = node.queryComponent().getExtents(pyatspi.DESKTOP_COORDS)
            time.sleep(0.3)
            after = node.queryComponent().getExtents(pyatspi.DESKTOP_COORDS)
            return after if (before.x, before.y) == (after.x, after.y) else None

        box = until(f'"{name}" at rest', at_rest)
        xdotool("mousemove", str(box.x + box.width // 2), str(box.y + box.height // 2), "click", "1")

    def middle(self, role, name):
        box = self.find(role, name).queryComponent().getExtents(pyatspi.DESKTOP_COORDS)
        return box.x + box.width // 2, box.y + box.height // 2

    def menu(self, role, name, *entry):
        """The context menu of a thing, and an entry of it by the keys that lead there."""
        x, y = self.middle(role, name)
        xdotool("mousemove", str(x), str(y), "click", "3")
        time.sleep(1)
        for key in entry:
            keys(key)

    def focus(self, role, name):
        node = self.find(role, name)
        node.queryComponent().grabFocus()
        until(f'the focus on "{name}"', lambda: node.getState().contains(pyatspi.STATE_FOCUSED))
        return node

    def text(self, role, name):
        text = self.find(role, name).queryText()
        return text.getText(0, text.characterCount)

    def end(self):
        self.process.terminate()
        self.process.wait(PATIENCE)

    def kill(self):
        self.process.kill()
        self.process.wait(PATIENCE)


def xdotool(*arguments):
    subprocess.run(["xdotool", *arguments], check=True)


def drag(source, target):
    """With the mouse, in steps, as a hand does it."""
    xdotool("mousemove", *map(str, source), "mousedown", "1")
    for i in range(1, 11):
        at = [a + (b - a) * i // 10 for a, b in zip(source, target)]
        xdotool("mousemove", *map(str, at))
        time.sleep(0.1)
    for i in range(4):  # the other program has to hear of it and to answer before the button goes up
        xdotool("mousemove", str(target[0] + i % 2), str(target[1]))
        time.sleep(0.5)
    xdotool("mouseup", "1")


def keys(*names):
    xdotool("key", "--clearmodifiers", *names)


def type_text(text):
    xdotool("type", "--clearmodifiers", "--delay", "15", text)


def picture(name):
    """For who has to find out why a tour failed: PIVOTBENCH_PICTURES names a folder."""
    folder = os.environ.get("PIVOTBENCH_PICTURES")
    if folder:
        subprocess.run(["import", "-window", "root", os.path.join(folder, name + ".png")], check=False)


def run(*tours):
    """Each is a function with a sentence as its doc string; those that are named on the command line, or all."""
    failed = 0
    chosen = sys.argv[1:]
    for tour in tours:
        if chosen and tour.__name__ not in chosen:
            continue
        try:
            tour()
            print("PASS :", tour.__doc__, flush=True)
        except Exception as why:  # noqa: BLE001 - told, and the others still run
            failed += 1
            print("FAIL :", tour.__doc__, "-", type(why).__name__, why, flush=True)
    sys.exit(1 if failed else 0)
