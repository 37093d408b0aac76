// SPDX-License-Identifier: Apache-2.0
#include "app/stage/stage_painter.h"

#include "app/widgets/icons.h"
#include "core/base/overloaded.h"

#include <QGuiApplication>
#include <QPainter>
#include <QPainterPath>
#include <algorithm>
#include <cmath>
#include <optional>

namespace pivotbench::app {

using namespace core::stage;

namespace {

/// A long story has many labels; those of frames long gone are not worth keeping.
constexpr std::size_t mostWords = 4096;
constexpr qsizetype mostPictures = 512;

std::optional<Icon> iconNamed(const std::string &name)
{
    static const QHash<QString, Icon> all = [] {
        QHash<QString, Icon> made;
        for (const Icon icon : allIcons())
            made.insert(iconName(icon), icon);
        return made;
    }();
    const auto found = all.constFind(QString::fromStdString(name));
    return found == all.cend() ? std::nullopt : std::optional(*found);
}

} // namespace

Tone toneOf(Ink ink)
{
    switch (ink) {
    case Ink::Text: return Tone::Text;
    case Ink::Muted: return Tone::Muted;
    case Ink::Accent: return Tone::Accent;
    case Ink::Error: return Tone::Error;
    case Ink::Writable: return Tone::Writable;
    case Ink::ReadOnly: return Tone::ReadOnly;
    case Ink::Layer1: return Tone::Layer1;
    case Ink::Layer2: return Tone::Layer2;
    case Ink::Layer3: return Tone::Layer3;
    case Ink::Layer4: return Tone::Layer4;
    case Ink::Layer5: return Tone::Layer5;
    case Ink::Layer6: return Tone::Layer6;
    case Ink::Mount: return Tone::Mount;
    case Ink::Shared: return Tone::Shared;
    case Ink::Slave: return Tone::Slave;
    case Ink::Private: return Tone::Private;
    case Ink::Unbindable: return Tone::Unbindable;
    case Ink::Process: return Tone::Process;
    case Ink::RootString: return Tone::RootString;
    case Ink::CwdString: return Tone::CwdString;
    case Ink::Added: return Tone::Added;
    case Ink::Changed: return Tone::Changed;
    case Ink::Deleted: return Tone::Deleted;
    case Ink::CardBorder: return Tone::CardBorder;
    case Ink::CardBackground: return Tone::CardBackground;
    case Ink::HostWorld: return Tone::HostWorld;
    case Ink::SandboxWorld: return Tone::SandboxWorld;
    case Ink::Separator: return Tone::Separator;
    }
    return Tone::Text;
}

/// A group keeps its shape while it moves: it lies on whole device pixels, and so do its shapes against it.
struct StagePainter::Place {
    double scale = 1; ///< logical pixels in a unit
    double ratio = 1; ///< device pixels in a logical one
    QPointF at;       ///< logical

    [[nodiscard]] double snapped(double length) const { return std::round(length * scale * ratio) / ratio; }
    [[nodiscard]] QPointF of(Point point) const { return at + QPointF(point.x, point.y) * scale; }
    [[nodiscard]] QRectF of(const Rect &rect) const
    {
        const double left = snapped(rect.x);
        const double top = snapped(rect.y);
        return {at.x() + left, at.y() + top, snapped(rect.right()) - left, snapped(rect.bottom()) - top};
    }
    /// Whole device pixels, and never none.
    [[nodiscard]] double line(double width) const { return std::max(1.0, std::round(width * scale * ratio)) / ratio; }
};

StagePainter::StagePainter()
    : m_font(QGuiApplication::font())
{
    setPalette(QGuiApplication::palette());
}

void StagePainter::setPalette(const QPalette &palette)
{
    m_palette = palette;
    for (std::size_t i = 0; i < inkCount; ++i)
        m_inks[i] = tone(toneOf(static_cast<Ink>(i)), palette);
    m_pictures.clear();
}

void StagePainter::setFont(const QFont &font)
{
    m_font = font;
    m_words.clear();
}

void StagePainter::paint(QPainter &painter, const Drawing &drawing, double scale, QPointF origin, const QRectF &seen)
{
    painter.setRenderHints(QPainter::Antialiasing | QPainter::TextAntialiasing | QPainter::SmoothPixmapTransform);
    const double ratio = painter.device()->devicePixelRatioF();
    const auto whole = [ratio](double length) { return std::round(length * ratio) / ratio; };
    for (const Group &group : drawing.groups) {
        if (group.opacity <= 0)
            continue;
        const QPointF at = origin + QPointF(group.at.x, group.at.y) * scale;
        const Place place{.scale = scale, .ratio = ratio, .at = {whole(at.x()), whole(at.y())}};
        const QRectF kept = seen.adjusted(-1, -1, 1, 1);
        painter.setOpacity(std::min(1.0, group.opacity));
        for (const Shape &shape : group.shapes)
            std::visit(core::Overloaded{[&](const BoxShape &box) {
                                            if (place.of(box.rect).intersects(kept))
                                                paintBox(painter, box, place);
                                        },
                                        [&](const CurveShape &curve) { paintCurve(painter, curve, place); },
                                        [&](const TextShape &text) {
                                            const double y = place.of(text.at).y();
                                            const double height = text.size * scale;
                                            if (y + height > kept.top() && y - height < kept.bottom())
                                                paintText(painter, text, place);
                                        },
                                        [&](const IconShape &picture) {
                                            if (place.of(picture.rect).intersects(kept))
                                                paintPicture(painter, picture, place);
                                        }},
                       shape);
    }
    painter.setOpacity(1);
}

void StagePainter::paintBox(QPainter &painter, const BoxShape &box, const Place &place) const
{
    const QRectF rect = place.of(box.rect);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(Qt::NoPen);
    if (box.fill) {
        const QColor fill = colourOf(*box.fill);
        painter.setBrush(box.tint >= 1 ? fill : blended(colourOf(Ink::CardBackground), fill, std::max(0.0, box.tint)));
    }
    QRectF shape = rect;
    if (box.stroke) {
        const double width = place.line(box.strokeWidth);
        QPen pen(colourOf(*box.stroke), width);
        if (box.dashed)
            pen.setDashPattern({4, 3});
        pen.setJoinStyle(Qt::MiterJoin);
        painter.setPen(pen);
        shape.adjust(width / 2, width / 2, -width / 2, -width / 2);
    }
    const double radius = std::min({box.radius * place.scale, shape.width() / 2, shape.height() / 2});
    if (radius > 0)
        painter.drawRoundedRect(shape, radius, radius);
    else
        painter.drawRect(shape);
}

void StagePainter::paintCurve(QPainter &painter, const CurveShape &curve, const Place &place) const
{
    if (curve.points.empty())
        return;
    QPainterPath path(place.of(curve.points.front()));
    for (std::size_t i = 1; i + 2 < curve.points.size(); i += 3)
        path.cubicTo(place.of(curve.points[i]), place.of(curve.points[i + 1]), place.of(curve.points[i + 2]));
    if (curve.fill)
        path.closeSubpath();
    painter.setBrush(curve.fill ? QBrush(colourOf(*curve.fill)) : QBrush(Qt::NoBrush));
    painter.setPen(Qt::NoPen);
    if (curve.stroke) {
        QPen pen(colourOf(*curve.stroke), std::max(curve.strokeWidth * place.scale, 1 / place.ratio));
        pen.setCapStyle(Qt::RoundCap);
        pen.setJoinStyle(Qt::RoundJoin);
        if (curve.dashed)
            pen.setDashPattern({3, 3});
        painter.setPen(pen);
    }
    painter.drawPath(path);
}

const StagePainter::Words &StagePainter::wordsOf(const TextShape &text, double scale)
{
    // QFont takes whole pixels only.
    const int em = std::max(1, static_cast<int>(std::lround(text.size * scale)));
    std::string key = std::to_string(em);
    key += text.weight == Weight::Bold ? 'b' : 'n';
    key += text.text;
    if (const auto found = m_words.find(key); found != m_words.end())
        return found->second;
    if (m_words.size() >= mostWords)
        m_words.clear();
    Words words{.text = QStaticText(QString::fromStdString(text.text)), .font = m_font};
    words.font.setPixelSize(em);
    if (text.weight == Weight::Bold)
        words.font.setWeight(QFont::DemiBold);
    words.text.setTextFormat(Qt::PlainText);
    words.text.setPerformanceHint(QStaticText::AggressiveCaching);
    words.text.prepare({}, words.font);
    const QFontMetricsF metrics(words.font);
    words.width = metrics.horizontalAdvance(words.text.text());
    words.ascent = metrics.ascent();
    return m_words.emplace(std::move(key), std::move(words)).first->second;
}

void StagePainter::paintText(QPainter &painter, const TextShape &text, const Place &place)
{
    if (text.text.empty())
        return;
    const Words &words = wordsOf(text, place.scale);
    const double room = text.width > 0 ? text.width * place.scale : words.width;
    const double squeeze = words.width > room ? room / words.width : 1;
    QPointF at(place.of(text.at).x(), place.at.y() + place.snapped(text.at.y) - words.ascent);
    if (text.align == Align::Centre)
        at.rx() -= words.width * squeeze / 2;
    else if (text.align == Align::Right)
        at.rx() -= words.width * squeeze;
    painter.setFont(words.font);
    painter.setPen(colourOf(text.ink));
    if (squeeze >= 1) {
        painter.drawStaticText(at, words.text);
        return;
    }
    painter.save();
    painter.translate(at);
    painter.scale(squeeze, 1);
    painter.drawStaticText(QPointF(), words.text);
    painter.restore();
}

void StagePainter::paintPicture(QPainter &painter, const IconShape &picture, const Place &place)
{
    const std::optional<Icon> icon = iconNamed(picture.name);
    if (!icon)
        return;
    const QRectF rect = place.of(picture.rect);
    const QSize pixels = (rect.size() * place.ratio).toSize();
    if (pixels.isEmpty())
        return;
    const QString key = QStringLiteral("%1 %2 %3 %4")
                            .arg(QString::fromStdString(picture.name))
                            .arg(static_cast<int>(picture.ink))
                            .arg(pixels.width())
                            .arg(pixels.height());
    auto found = m_pictures.constFind(key);
    if (found == m_pictures.cend()) {
        if (m_pictures.size() >= mostPictures)
            m_pictures.clear();
        QPixmap pixmap(pixels);
        pixmap.setDevicePixelRatio(place.ratio);
        pixmap.fill(Qt::transparent);
        QPainter inner(&pixmap);
        paintIcon(inner, QRectF(QPointF(), rect.size()), *icon, colourOf(picture.ink));
        inner.end();
        found = m_pictures.insert(key, pixmap);
    }
    painter.drawPixmap(rect.topLeft(), *found);
}

} // namespace pivotbench::app
