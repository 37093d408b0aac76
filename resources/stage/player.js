// SPDX-License-Identifier: Apache-2.0
//
// Plays the recording in this page. Its data is read as JSON and shown by textContent and createElementNS alone, so
// that no text of it is ever markup. The motion is that of core/stage/motion.cpp.
(() => {
'use strict';

const svgNamespace = 'http://www.w3.org/2000/svg';
const byId = id => document.getElementById(id);
const data = JSON.parse(byId('recording').textContent);
const {shapes, frames} = data;
// As written by core/stage/player_data.cpp.
const groups = data.groups.map(([key, layer, x, y, opacity, fromX, fromY, seen, toX, toY, parts], index) =>
    ({index, key, layer, x, y, opacity, fromX, fromY, seen, toX, toY, parts}));
if (!frames.length) {
    document.querySelector('footer').hidden = true;
    frames.push({groups: [], step: 0, phase: '', title: 'Nothing was recorded', call: '', shell: '', why: '', manual: '',
        result: 'done', outcome: ''});
}
const last = frames.length - 1;

function make(name, attributes = {}, parent = null) {
    const node = document.createElementNS(svgNamespace, name);
    for (const attribute in attributes)
        node.setAttribute(attribute, attributes[attribute]);
    if (parent)
        parent.append(node);
    return node;
}

function makeHtml(name, className, text, parent) {
    const node = document.createElement(name);
    if (className)
        node.className = className;
    if (text)
        node.textContent = text;
    if (parent)
        parent.append(node);
    return node;
}

const color = word => word ? `var(--${word})` : 'none';
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const lerp = (from, to, part) => from + (to - from) * part;
const smooth = part => {
    const x = clamp(part, 0, 1);
    return x * x * (3 - 2 * x);
};

// Shapes: a letter, what cannot be between two values, then numbers.

const fixedFields = {b: 4, c: 4, t: 5, i: 3};
const elementNames = {b: 'rect', c: 'path', t: 'text', i: 'use'};
const sameStructure = (a, b) => {
    if (a[0] !== b[0] || a.length !== b.length)
        return false;
    for (let i = 1; i < fixedFields[a[0]]; ++i)
        if (a[i] !== b[i])
            return false;
    return true;
};
const between = (a, b, part) => a.map((value, i) => i < fixedFields[a[0]] ? value : lerp(value, b[i], part));

const place = {
    b(node, [, , , , x, y, width, height, radius, stroke]) {
        node.setAttribute('x', x);
        node.setAttribute('y', y);
        node.setAttribute('width', width);
        node.setAttribute('height', height);
        node.setAttribute('rx', radius);
        node.setAttribute('stroke-width', stroke);
    },
    c(node, shape) {
        let path = `M${shape[5]} ${shape[6]}`;
        for (let i = 7; i + 5 < shape.length; i += 6)
            path += `C${shape.slice(i, i + 6).join(' ')}`;
        node.setAttribute('d', shape[2] ? `${path}Z` : path);
        node.setAttribute('stroke-width', shape[4]);
    },
    t(node, [, , , , , x, y, size]) {
        node.setAttribute('x', x);
        node.setAttribute('y', y);
        node.setAttribute('font-size', size);
    },
    i(node, [, , , x, y, width, height]) {
        node.setAttribute('x', x);
        node.setAttribute('y', y);
        node.setAttribute('width', width);
        node.setAttribute('height', height);
    },
};

const dress = {
    b(node, [, fill, stroke, dashed]) {
        node.style.fill = color(fill);
        node.style.stroke = color(stroke);
        if (dashed)
            node.setAttribute('stroke-dasharray', '4 3');
    },
    c(node, [, stroke, fill, dashed]) {
        node.style.fill = color(fill);
        node.style.stroke = color(stroke);
        node.setAttribute('stroke-linecap', 'round');
        node.setAttribute('stroke-linejoin', 'round');
        if (dashed)
            node.setAttribute('stroke-dasharray', '4 3');
    },
    t(node, [, ink, bold, align, text]) {
        node.style.fill = color(ink);
        if (bold)
            node.setAttribute('font-weight', 600);
        if (align)
            node.setAttribute('text-anchor', align === 1 ? 'middle' : 'end');
        node.textContent = text;
    },
    i(node, [, icon, ink]) {
        node.style.color = color(ink);
        node.setAttribute('href', `#icon-${icon}`);
    },
};

function makeShape(shape, parent) {
    const node = make(elementNames[shape[0]], {}, parent);
    dress[shape[0]](node, shape);
    place[shape[0]](node, shape);
    node.shape = shape;
    return node;
}

// Scenes are laid out for one font; a wider one is squeezed into the room that was meant for it.
function squeeze(parent) {
    for (const node of parent.querySelectorAll('text')) {
        const width = node.shape[8];
        if (width > 0 && !node.measured && node.getComputedTextLength() > width) {
            node.setAttribute('textLength', width);
            node.setAttribute('lengthAdjust', 'spacingAndGlyphs');
        }
        node.measured = true;
    }
}

function put(node, x, y, opacity) {
    node.setAttribute('transform', `translate(${x.toFixed(2)} ${y.toFixed(2)})`);
    if (opacity < 1)
        node.setAttribute('opacity', opacity.toFixed(3));
    else
        node.removeAttribute('opacity');
}

function makeGroup(group) {
    const node = make('g');
    for (const part of group.parts)
        makeShape(shapes[part], node);
    put(node, group.x, group.y, group.opacity);
    return node;
}

const standing = new Map();
function stillGroup(group) {
    if (!standing.has(group.index))
        standing.set(group.index, makeGroup(group));
    return standing.get(group.index);
}

// Tracks: one for each group of two drawings, with an element and what it does at a part from 0 to 1.

const over = (from, to, part) => smooth((part - from) / (to - from));
const moved = part => over(0.12, 0.85, part);
const left = part => over(0, 0.35, part);
const come = part => over(0.5, 1, part);
const seen = part => over(0, 0.2, part);
const changed = part => over(0.35, 0.65, part);

function leavingTrack(group) {
    const node = makeGroup(group);
    return {
        layer: group.layer, node,
        at(part) {
            const way = moved(part);
            put(node, group.x + group.toX * way, group.y + group.toY * way, group.opacity * (1 - left(part)));
        },
    };
}

function arrivingTrack(group) {
    const node = makeGroup(group);
    return {
        layer: group.layer, node, group,
        at(part) {
            const way = 1 - moved(part);
            const opacity = group.opacity * (group.seen ? seen(part) : come(part));
            put(node, group.x + group.fromX * way, group.y + group.fromY * way, opacity);
        },
    };
}

// What matches at the beginning and at the end of both lists is the same shape; what lies between is exchanged.
function pieces(from, to, parent) {
    const a = from.map(index => shapes[index]);
    const b = to.map(index => shapes[index]);
    const most = Math.min(a.length, b.length);
    let head = 0;
    while (head < most && sameStructure(a[head], b[head]))
        ++head;
    let tail = 0;
    while (tail < most - head && sameStructure(a[a.length - 1 - tail], b[b.length - 1 - tail]))
        ++tail;
    const all = [];
    const change = (old, young) => {
        const node = makeShape(old, parent);
        if (old !== young)
            all.push(part => place[old[0]](node, between(old, young, moved(part))));
    };
    for (let i = 0; i < head; ++i)
        change(a[i], b[i]);
    // Grounds: the new one covers the old one before that goes, so that nothing shines through. Lines of text never
    // stand over each other.
    for (const shape of a.slice(head, a.length - tail)) {
        const node = makeShape(shape, parent);
        const ground = shape[0] === 'b';
        all.push(part => node.setAttribute('opacity', 1 - over(ground ? 0.5 : 0, ground ? 1 : 0.5, changed(part))));
    }
    for (const shape of b.slice(head, b.length - tail)) {
        const node = makeShape(shape, parent);
        const ground = shape[0] === 'b';
        all.push(part => node.setAttribute('opacity', ground ? changed(part) : over(0.5, 1, changed(part))));
    }
    for (let i = tail; i > 0; --i)
        change(a[a.length - i], b[b.length - i]);
    return all;
}

function changingTrack(from, to) {
    const node = make('g');
    const all = from.parts === to.parts ? [] : pieces(from.parts, to.parts, node);
    return {
        layer: to.layer, node, group: from.x !== to.x || from.y !== to.y ? to : null,
        at(part) {
            const way = moved(part);
            put(node, lerp(from.x, to.x, way), lerp(from.y, to.y, way), lerp(from.opacity, to.opacity, way));
            for (const piece of all)
                piece(part);
        },
    };
}

function tracksOf(from, to) {
    const before = new Map(frames[from].groups.map(index => [groups[index].key, groups[index]]));
    const tracks = [];
    for (const index of frames[to].groups) {
        const group = groups[index];
        const old = before.get(group.key);
        before.delete(group.key);
        if (old === group)
            tracks.push({layer: group.layer, node: stillGroup(group)});
        else
            tracks.push(old ? changingTrack(old, group) : arrivingTrack(group));
    }
    tracks.push(...[...before.values()].map(leavingTrack));
    return tracks.sort((a, b) => a.layer - b.layer);
}

// The scene.

const stage = byId('stage');
const scene = byId('scene');
const [viewX, viewY, viewWidth, viewHeight] = data.view;
scene.setAttribute('viewBox', data.view.join(' '));
const reduced = window.matchMedia('(prefers-reduced-motion: reduce)');
const leastScale = 0.62; // text is hardly read below
const fairScale = 0.75;  // what is smaller than this as a whole is shown in full width, and scrolled
const mostScale = 1.8;

function fit() {
    const whole = Math.min(stage.clientWidth / viewWidth, stage.clientHeight / viewHeight);
    const wide = Math.min(stage.clientWidth / viewWidth, 1);
    const narrow = getComputedStyle(stage).maxHeight !== 'none';
    const scale = clamp(narrow || whole < fairScale ? wide : whole, leastScale, mostScale);
    scene.setAttribute('width', Math.floor(viewWidth * scale));
    scene.setAttribute('height', Math.floor(viewHeight * scale));
}

let pair = null;
function show(from, to, part) {
    if (!pair || pair.from !== from || pair.to !== to) {
        pair = {from, to, tracks: tracksOf(from, to)};
        scene.replaceChildren(...pair.tracks.map(track => track.node));
        squeeze(scene);
    }
    for (const track of pair.tracks)
        if (track.at)
            track.at(part);
}

// Where not all of the scene has room, to where something happens.
function follow() {
    if (stage.scrollHeight <= stage.clientHeight && stage.scrollWidth <= stage.clientWidth)
        return;
    const ends = pair.tracks.filter(track => track.group).map(track => track.group);
    if (!ends.length)
        return;
    const scale = scene.clientWidth / viewWidth;
    const axis = (values, view, scroll, room) => {
        const first = (Math.min(...values) - view) * scale - 40;
        const final = (Math.max(...values) - view) * scale + 90;
        if (first < scroll)
            return Math.max(first, 0);
        return final > scroll + room ? Math.min(final - room, first) : scroll;
    };
    stage.scrollTo({
        left: axis(ends.map(group => group.x), viewX, stage.scrollLeft, stage.clientWidth),
        top: axis(ends.map(group => group.y), viewY, stage.scrollTop, stage.clientHeight),
        behavior: reduced.matches ? 'auto' : 'smooth',
    });
}

// What is said of a frame.

const words = /("(?:[^"\\\n]|\\.)*"|'[^'\n]*')|(\/\*[^]*?\*\/|\/\/[^\n]*)|\b([A-Z][A-Z0-9_]{2,})\b|\b(0x[0-9a-fA-F]+|\d+)\b|\b([A-Za-z_]\w*)(?=\()/g;
const wordClasses = ['string', 'comment', 'constant', 'number', 'call'];

// Long paths are broken behind a slash.
function write(parent, text) {
    for (const part of text.split(/(\/+)/)) {
        parent.append(part);
        if (part.startsWith('/'))
            makeHtml('wbr', '', '', parent);
    }
}

function rewrite(parent, text) {
    parent.textContent = '';
    write(parent, text);
}

function writeCall(parent, text) {
    parent.textContent = '';
    let done = 0;
    for (const match of text.matchAll(words)) {
        write(parent, text.slice(done, match.index));
        const kind = wordClasses[match.slice(1).findIndex(part => part !== undefined)];
        write(makeHtml('span', kind, '', parent), match[0]);
        done = match.index + match[0].length;
    }
    write(parent, text.slice(done));
}

const hueOf = index => color(data.hues[index % data.hues.length]);
const chapters = [];
frames.forEach((frame, index) => {
    const open = chapters[chapters.length - 1];
    if (open && open.phase === frame.phase)
        open.last = index;
    else
        chapters.push({phase: frame.phase, first: index, last: index});
});
const phaseWords = [...new Set(frames.map(frame => frame.phase).filter(Boolean))];
const hueOfPhase = phase => phase ? hueOf(phaseWords.indexOf(phase)) : color('muted');
for (const chapter of chapters)
    chapter.hue = hueOfPhase(chapter.phase);
const steps = frames.reduce((most, frame) => Math.max(most, frame.step), 0);
const placeText = frame => frame.step ? `Step ${frame.step} of ${steps}` : 'Before the first step';

function tell(index, aloud) {
    const frame = frames[index];
    byId('phase').textContent = frame.phase;
    byId('phase').style.setProperty('--hue', hueOfPhase(frame.phase));
    byId('number').textContent = frame.step ? placeText(frame) : '';
    rewrite(byId('title'), frame.title);
    rewrite(byId('outcome'), frame.outcome);
    byId('outcome').className = `outcome ${frame.result}`;
    rewrite(byId('why'), frame.why);
    writeCall(byId('call'), frame.call);
    rewrite(byId('shell'), frame.shell);
    rewrite(byId('manual'), frame.manual);
    for (const part of ['call', 'shell', 'manual'])
        byId(`${part}-part`).hidden = !frame[part];
    byId('panel').scrollTop = 0;
    byId('count').textContent = `${frame.step} / ${steps}`;
    byId('back').disabled = index === 0;
    byId('step').disabled = index === last;
    byId('slider').setAttribute('aria-valuetext', frame.step ? `${placeText(frame)}: ${frame.title}` : placeText(frame));
    for (const chapter of chapters) {
        const here = index >= chapter.first && index <= chapter.last;
        if (here)
            chapter.button.setAttribute('aria-current', 'step');
        else
            chapter.button.removeAttribute('aria-current');
        if (here && byId('phases').scrollWidth > byId('phases').clientWidth)
            byId('phases').scrollLeft = chapter.button.offsetLeft - byId('phases').offsetLeft - 40;
    }
    if (aloud)
        byId('spoken').textContent = [
            frame.step ? `${placeText(frame)}, ${frame.phase}: ${frame.title}.` : `${placeText(frame)}.`,
            frame.result === 'failed' ? `Failed: ${frame.outcome}.` : '',
            frame.why,
        ].filter(Boolean).join(' ');
}

let dragging = false;
function showPosition(position) {
    // Whole steps for who has only keys or a screen reader.
    byId('slider').step = dragging || !Number.isInteger(position) ? 'any' : 1;
    byId('slider').value = position;
    for (const chapter of chapters) {
        const part = (position - chapter.begin) / (chapter.end - chapter.begin);
        chapter.played.style.transform = `scaleX(${clamp(part, 0, 1)})`;
    }
}

function makeTimeline() {
    const room = Math.max(last, 1);
    byId('slider').max = room;
    byId('slider').disabled = last < 1;
    for (const chapter of chapters) {
        chapter.begin = clamp(chapter.first - 0.5, 0, room);
        chapter.end = last < 1 ? room : clamp(chapter.last + 0.5, 0, room);
        const segment = makeHtml('div', 'segment', '', byId('segments'));
        segment.style.left = `calc(${chapter.begin / room * 100}% + ${chapter.first ? 1 : 0}px)`;
        segment.style.width = `calc(${(chapter.end - chapter.begin) / room * 100}% - ${chapter.first ? 2 : 1}px)`;
        segment.style.setProperty('--hue', chapter.hue);
        chapter.played = makeHtml('i', '', '', segment);
        chapter.button = makeHtml('button', '', chapter.phase || 'start', makeHtml('li', '', '', byId('phases')));
        chapter.button.type = 'button';
        chapter.button.style.setProperty('--hue', chapter.hue);
        chapter.button.addEventListener('click', () => {
            pause();
            goTo(chapter.first);
        });
    }
    frames.forEach((frame, index) => {
        if (frame.result === 'failed')
            makeHtml('b', 'failure', '', byId('segments')).style.left = `${index / room * 100}%`;
    });
}

// Time.

const moveTime = 1100; // ms at single speed
const restTime = 1900;
let current = 0;  // the frame that is told
let gliding = 0;  // what requestAnimationFrame gave; 0: nothing moves
let resting = 0;  // the timer between two steps
let playing = false;
const speed = () => Number(byId('speed').value);

function stopMoving() {
    cancelAnimationFrame(gliding);
    clearTimeout(resting);
    gliding = resting = 0;
}

function remember() {
    try {
        history.replaceState(null, '', `#frame=${current}`);
    } catch {
        // A page in a frame may have no history of its own.
    }
}

function settle(index, aloud = true) {
    stopMoving();
    current = index;
    show(index, index, 0);
    showPosition(index);
    tell(index, aloud);
    document.documentElement.dataset.frame = index;
    if (aloud)
        remember();
}

function glide(from, to, firstPart, lastPart, duration, then) {
    const begin = performance.now();
    show(from, to, firstPart);
    follow();
    const turn = now => {
        const time = clamp((now - begin) / duration, 0, 1);
        const part = lerp(firstPart, lastPart, time);
        show(from, to, part);
        showPosition(lerp(from, to, part));
        if (time < 1)
            gliding = requestAnimationFrame(turn);
        else
            then();
    };
    gliding = requestAnimationFrame(turn);
}

function goTo(target, then = () => {}) {
    const index = clamp(target, 0, last);
    const from = current;
    stopMoving();
    const done = () => {
        settle(index);
        then();
    };
    if (reduced.matches || index === from)
        return done();
    current = index;
    tell(index, false);
    // Backwards is the same way, seen from its end.
    if (index > from)
        glide(from, index, 0, 1, moveTime / speed(), done);
    else
        glide(index, from, 1, 0, moveTime / speed(), done);
}

function setPlaying(on) {
    playing = on;
    byId('play').setAttribute('aria-label', on ? 'Pause' : 'Play');
    document.documentElement.classList.toggle('playing', on);
}

function pause() {
    setPlaying(false);
    clearTimeout(resting);
}

function advance() {
    if (!playing)
        return;
    if (current === last)
        return pause();
    goTo(current + 1, () => {
        if (playing && current === last)
            pause();
        else if (playing)
            resting = setTimeout(advance, (restTime + (reduced.matches ? moveTime : 0)) / speed());
    });
}

function play() {
    if (last < 1)
        return;
    if (current === last && !gliding)
        settle(0);
    setPlaying(true);
    if (!gliding)
        advance();
    else
        goTo(current, advance);
}

const toggle = () => playing ? pause() : play();

function stepBy(count) {
    pause();
    if (gliding)
        settle(current, false);
    goTo(current + count);
}

function stepPhase(direction) {
    const here = chapters.findIndex(chapter => current >= chapter.first && current <= chapter.last);
    pause();
    goTo(chapters[clamp(here + direction, 0, chapters.length - 1)].first);
}

// Anywhere, also between two frames.
function scrubTo(position) {
    const at = clamp(position, 0, last);
    const nearest = Math.round(at);
    if (reduced.matches || Number.isInteger(at))
        return settle(nearest, false);
    stopMoving();
    show(Math.floor(at), Math.floor(at) + 1, at % 1);
    showPosition(at);
    if (current !== nearest)
        tell(nearest, false);
    current = nearest;
}

function readHash() {
    const match = /^#frame=(\d+(?:\.\d+)?)$/.exec(location.hash);
    if (!match)
        return false;
    pause();
    const position = Number(match[1]);
    if (Number.isInteger(position) || position >= last)
        settle(clamp(Math.round(position), 0, last));
    else
        scrubTo(position);
    return true;
}

// Hands.

const keys = {
    ' ': toggle,
    ArrowRight: () => stepBy(1),
    ArrowDown: () => stepBy(1),
    ArrowLeft: () => stepBy(-1),
    ArrowUp: () => stepBy(-1),
    PageDown: () => stepPhase(1),
    PageUp: () => stepPhase(-1),
    Home: () => { pause(); goTo(0); },
    End: () => { pause(); goTo(last); },
    f: toggleFull,
    F: toggleFull,
};

document.addEventListener('keydown', event => {
    const target = event.target instanceof Element ? event.target : document.body;
    if (event.ctrlKey || event.altKey || event.metaKey || target.closest('select'))
        return;
    if (event.key === ' ' && target.closest('button'))
        return;
    // Where something can be scrolled, up and down do that.
    if (/^(Arrow(Up|Down)|Page)/.test(event.key) && target.closest('.panel, .stage'))
        return;
    if (!Object.hasOwn(keys, event.key))
        return;
    event.preventDefault();
    keys[event.key]();
});

const slider = byId('slider');
slider.addEventListener('pointerdown', () => {
    dragging = true;
    slider.step = 'any';
});
slider.addEventListener('pointerup', () => { dragging = false; });
slider.addEventListener('pointercancel', () => { dragging = false; });
slider.addEventListener('input', () => {
    pause();
    scrubTo(Number(slider.value));
});
slider.addEventListener('change', () => {
    const position = clamp(Number(slider.value), 0, last);
    dragging = false;
    const low = Math.floor(position);
    const nearest = Math.round(position);
    if (reduced.matches || low === position)
        return settle(nearest);
    glide(low, low + 1, position % 1, nearest - low, 250, () => settle(nearest));
});

byId('play').addEventListener('click', toggle);
byId('back').addEventListener('click', () => stepBy(-1));
byId('step').addEventListener('click', () => stepBy(1));

const darkWished = window.matchMedia('(prefers-color-scheme: dark)');
const isDark = () => (document.documentElement.dataset.theme || (darkWished.matches ? 'dark' : 'light')) === 'dark';
const showTheme = () => byId('theme').setAttribute('aria-pressed', isDark());
byId('theme').addEventListener('click', () => {
    document.documentElement.dataset.theme = isDark() ? 'light' : 'dark';
    showTheme();
});
darkWished.addEventListener('change', showTheme);

function toggleFull() {
    const change = document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen();
    change.catch(() => {});
}
byId('full').hidden = !document.fullscreenEnabled;
byId('full').addEventListener('click', toggleFull);

window.addEventListener('hashchange', readHash);
// Not within the notice itself: a new size may bring a scroll bar, and that one a new size.
new ResizeObserver(() => requestAnimationFrame(fit)).observe(stage);

showTheme();
makeTimeline();
fit();
if (!readHash())
    settle(0, false);
})();
