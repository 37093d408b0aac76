// SPDX-License-Identifier: Apache-2.0
#include "core/stage/svg.h"

#include "core/base/overloaded.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <iterator>

namespace pivotbench::core::stage {
namespace {

class SvgWriter {
public:
    explicit SvgWriter(const SvgOptions &options)
        : m_options(options)
    {
    }

    std::string take() && { return std::move(m_text); }

    void document(const Drawing &drawing)
    {
        const Rect &view = drawing.view;
        const double width = std::max(rounded(view.width), 1.0);
        const double height = std::max(rounded(view.height), 1.0);
        const bool onPaper = m_options.millimetres > 0;
        const double scale = onPaper ? m_options.millimetres / width : 1;
        const char *unit = onPaper ? "mm" : "";
        write("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
              "<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" role=\"img\" aria-labelledby=\"title desc\" "
              "width=\"{}{}\" height=\"{}{}\" viewBox=\"{} {} {} {}\" xml:space=\"preserve\" "
              "font-family=\"{}\">\n<title id=\"title\">{}</title>\n<desc id=\"desc\">{}</desc>\n",
              numberText(width * scale), unit, numberText(height * scale), unit, numberText(view.x), numberText(view.y),
              numberText(width), numberText(height), fonts, markupText(m_options.title),
              markupText(m_options.description));
        write("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"/>\n", numberText(view.x),
              numberText(view.y), numberText(width), numberText(height), hexText(m_options.colors.background));
        for (const Group &group : drawing.groups)
            add(group);
        write("</svg>\n");
    }

private:
    static constexpr const char *fonts =
        "'DejaVu Sans', Verdana, 'Noto Sans', 'Segoe UI', Helvetica, Arial, sans-serif";

    template <typename... Values> void write(fmt::format_string<const Values &...> form, const Values &...values)
    {
        fmt::format_to(std::back_inserter(m_text), form, values...);
    }

    void add(const Group &group)
    {
        write("<g transform=\"translate({} {})\"", numberText(group.at.x), numberText(group.at.y));
        if (const double opacity = std::clamp(rounded(group.opacity), 0.0, 1.0); opacity < 1)
            write(" opacity=\"{}\"", numberText(opacity));
        write(">\n");
        for (const Shape &shape : group.shapes)
            std::visit(
                Overloaded{[this](const BoxShape &box) { add(box); }, [this](const CurveShape &curve) { add(curve); },
                           [this](const TextShape &text) { add(text); }, [this](const IconShape &icon) { add(icon); }},
                shape);
        write("</g>\n");
    }

    void stroke(std::optional<Ink> ink, double width, bool dashed)
    {
        if (!ink)
            return;
        write(" stroke=\"{}\" stroke-width=\"{}\"", hexText(m_options.colors.of(*ink)), numberText(width));
        if (dashed)
            write(" stroke-dasharray=\"{} {}\"", dashLength, dashGap);
    }

    void add(const BoxShape &box)
    {
        write("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"", numberText(box.rect.x), numberText(box.rect.y),
              numberText(std::max(box.rect.width, 0.0)), numberText(std::max(box.rect.height, 0.0)));
        if (box.radius > 0)
            write(" rx=\"{}\"", numberText(box.radius));
        write(" fill=\"{}\"", box.fill ? hexText(m_options.colors.tinted(*box.fill, box.tint)) : "none");
        stroke(box.stroke, box.strokeWidth, box.dashed);
        write("/>\n");
    }

    void add(const CurveShape &curve)
    {
        const std::vector<Point> &points = curve.points;
        if (points.size() < 4)
            return;
        write("<path d=\"M{} {}", numberText(points[0].x), numberText(points[0].y));
        for (std::size_t i = 1; i + 2 < points.size(); i += 3)
            write("C{} {} {} {} {} {}", numberText(points[i].x), numberText(points[i].y), numberText(points[i + 1].x),
                  numberText(points[i + 1].y), numberText(points[i + 2].x), numberText(points[i + 2].y));
        write("{}\" fill=\"{}\"", curve.fill ? "Z" : "",
              curve.fill ? hexText(m_options.colors.of(*curve.fill)) : "none");
        if (curve.stroke)
            write(" stroke-linecap=\"round\" stroke-linejoin=\"round\"");
        stroke(curve.stroke, curve.strokeWidth, curve.dashed);
        write("/>\n");
    }

    void add(const TextShape &text)
    {
        static constexpr const char *anchors[] = {"start", "middle", "end"}; // by Align
        write("<text x=\"{}\" y=\"{}\" font-size=\"{}\"{} fill=\"{}\"", numberText(text.at.x), numberText(text.at.y),
              numberText(text.size), text.weight == Weight::Bold ? " font-weight=\"bold\"" : "",
              hexText(m_options.colors.of(text.ink)));
        if (text.align != Align::Left)
            write(" text-anchor=\"{}\"", anchors[static_cast<std::size_t>(text.align)]);
        write(">{}</text>\n", markupText(text.text));
    }

    void add(const IconShape &shape)
    {
        if (!m_options.icons)
            return;
        const Icon icon = iconFrom(m_options.icons(shape.name), hexText(m_options.colors.of(shape.ink)));
        if (icon.inner.empty())
            return;
        const double scale = std::min(shape.rect.width / icon.view.width, shape.rect.height / icon.view.height);
        const Point centre = shape.rect.centre();
        const Point middle = icon.view.centre();
        write("<g transform=\"translate({} {}) scale({:.4f})\"{}>{}</g>\n", numberText(centre.x - middle.x * scale),
              numberText(centre.y - middle.y * scale), std::isfinite(scale) ? std::clamp(scale, 0.0, 1e3) : 0.0,
              icon.style, icon.inner);
    }

    static constexpr int dashLength = 4;
    static constexpr int dashGap = 3;

    const SvgOptions &m_options;
    std::string m_text;
};

} // namespace

std::string svgOf(const Drawing &drawing, const SvgOptions &options)
{
    SvgWriter writer(options);
    writer.document(drawing);
    return std::move(writer).take();
}

} // namespace pivotbench::core::stage
