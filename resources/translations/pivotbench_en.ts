<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>Contrast</name>
    <message numerus="yes">
        <source>%n mounts stay mounted, but out of its reach</source>
        <translation>
            <numerusform>%n mount stays mounted, but out of its reach</numerusform>
            <numerusform>%n mounts stay mounted, but out of its reach</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n mounts</source>
        <translation>
            <numerusform>%n mount</numerusform>
            <numerusform>%n mounts</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n mounts copied into a new mount namespace</source>
        <translation>
            <numerusform>%n mount copied into a new mount namespace</numerusform>
            <numerusform>%n mounts copied into a new mount namespace</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n mounts moved: %1</source>
        <translation>
            <numerusform>%n mount moved: %1</numerusform>
            <numerusform>%n mounts moved: %1</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n mounts went along</source>
        <translation>
            <numerusform>%n mount went along</numerusform>
            <numerusform>%n mounts went along</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n mounts added: %1</source>
        <translation>
            <numerusform>%n mount added: %1</numerusform>
            <numerusform>%n mounts added: %1</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n mounts gone: %1</source>
        <translation>
            <numerusform>%n mount gone: %1</numerusform>
            <numerusform>%n mounts gone: %1</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>propagation of %n mounts changed</source>
        <translation>
            <numerusform>propagation of %n mount changed</numerusform>
            <numerusform>propagation of %n mounts changed</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>options of %n mounts changed</source>
        <translation>
            <numerusform>options of %n mount changed</numerusform>
            <numerusform>options of %n mounts changed</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>FrameReport</name>
    <message numerus="yes">
        <source>%n mounts</source>
        <translation>
            <numerusform>%n mount</numerusform>
            <numerusform>%n mounts</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n mounts below it went along</source>
        <translation>
            <numerusform>%n mount below it went along</numerusform>
            <numerusform>%n mounts below it went along</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>NodeWords</name>
    <message numerus="yes">
        <source>%n more mounts, folded</source>
        <translation>
            <numerusform>%n more mount, folded</numerusform>
            <numerusform>%n more mounts, folded</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>pivotbench::app::ComposePage</name>
    <message numerus="yes">
        <source>What the sandbox will see, predicted by the kernel model after %n steps.</source>
        <translation>
            <numerusform>What the sandbox will see, predicted by the kernel model after %n step.</numerusform>
            <numerusform>What the sandbox will see, predicted by the kernel model after %n steps.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Bind %n things</source>
        <translation>
            <numerusform>Bind %n thing</numerusform>
            <numerusform>Bind %n things</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>pivotbench::app::LayerStack</name>
    <message numerus="yes">
        <source>Add %n layers</source>
        <translation>
            <numerusform>Add %n layer</numerusform>
            <numerusform>Add %n layers</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln files</source>
        <translation>
            <numerusform>%Ln file</numerusform>
            <numerusform>%Ln files</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>hides %Ln</source>
        <translation>
            <numerusform>hides %Ln</numerusform>
            <numerusform>hides %Ln</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>pivotbench::app::MainWindow</name>
    <message numerus="yes">
        <source>%n errors</source>
        <translation>
            <numerusform>%n error</numerusform>
            <numerusform>%n errors</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n running</source>
        <translation>
            <numerusform>%n running</numerusform>
            <numerusform>%n running</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n sandboxes of this window are running. Their terminals close with it, and what runs in them is hung up.</source>
        <translation>
            <numerusform>%n sandbox of this window is running. Its terminals close with it, and what runs in them is hung up.</numerusform>
            <numerusform>%n sandboxes of this window are running. Their terminals close with it, and what runs in them is hung up.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>pivotbench::app::TaskButton</name>
    <message numerus="yes">
        <source>%n tasks</source>
        <translation>
            <numerusform>%n task</numerusform>
            <numerusform>%n tasks</numerusform>
        </translation>
    </message>
</context>
</TS>
