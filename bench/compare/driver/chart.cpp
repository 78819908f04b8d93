// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "driver/report.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace rtkhooks::bench {
namespace {

constexpr double longest = 6; // times the raw loop; what is more ends in a point, and its number says how much
constexpr int left = 250;
constexpr int unit = 80; // pixels, of the raw loop's length
constexpr int row_height = 20;
constexpr int page_width = left + static_cast<int>(longest) * unit + 110;

std::string escape(std::string_view text)
{
    std::string made;
    for (char const c : text)
        made += c == '&' ? "&amp;" : c == '<' ? "&lt;" : std::string{c};
    return made;
}

std::string text(int x, int y, std::string_view style, std::string_view what)
{
    std::ostringstream made;
    made << "<text x=\"" << x << "\" y=\"" << y << "\" class=\"" << style << "\">" << escape(what) << "</text>\n";
    return made.str();
}

std::string bar(row const& who, summary const& ratio, int y)
{
    auto const pixels = [](double times) { return left + static_cast<int>(std::min(times, longest) * unit); };
    auto const end = pixels(ratio.median);
    auto const middle = y + row_height / 2;
    std::ostringstream made;
    made << text(left - 8, middle + 4, "name", who.title) << "<path class=\"" << who.who->name << "\" d=\"M" << left
         << ' ' << y + 3 << "H" << end;
    if (ratio.median > longest)
        made << "l8 7l-8 7";
    else
        made << "v14";
    made << "H" << left << "z\"/>\n";
    if (ratio.max <= longest)
        made << "<path class=\"spread\" d=\"M" << pixels(ratio.min) << ' ' << middle << "H" << pixels(ratio.max)
             << "\"/>\n";
    char number[32];
    std::snprintf(number, sizeof number, ratio.median < 10 ? "%.2f" : "%.0f", ratio.median);
    made << text(std::max(end, ratio.max <= longest ? pixels(ratio.max) : 0) + 12, middle + 4, "number", number);
    return made.str();
}

constexpr std::string_view style = R"(<style>
text { font: 12px sans-serif; fill: #222 }
.title { font-size: 16px; font-weight: bold }
.case { font-weight: bold }
.name { text-anchor: end }
.about { fill: #666 }
path { fill: #a9b8c6 }
.raw { fill: #777 }
.rtkhooks { fill: #d9480f }
.spread { stroke: #222; stroke-width: 1.5 }
.one { stroke: #777; stroke-dasharray: 3 3 }
</style>
)";

} // namespace

void write_chart(std::filesystem::path const& to, setup const& about, std::vector<contest> const& contests)
{
    std::ostringstream bars;
    int y = 56;
    for (auto const& what : contests) {
        auto const is_shown = [&](row const& r) { return r.measured() && what.floor_of(r).measured(); };
        if (std::none_of(what.rows.begin(), what.rows.end(), is_shown))
            continue;
        y += row_height;
        bars << text(left, y, "case", what.title);
        y += 8;
        auto const top = y;
        for (auto const& who : what.rows)
            if (is_shown(who)) {
                bars << bar(who, who.ratio(what.floor_of(who)), y);
                y += row_height;
            }
        bars << "<path class=\"one\" d=\"M" << left + unit << ' ' << top << "V" << y << "\"/>\n";
    }
    y += row_height;
    std::ofstream file{to};
    file << "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " << page_width << ' ' << y + 12 << "\" width=\""
         << page_width << "\" height=\"" << y + 12 << "\">\n"
         << style << "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
         << text(16, 28, "title", "Processor time a request, as a multiple of the raw loop's: less is better")
         << text(16, 48, "about",
                 about.processor + "; " + about.server + "; " + std::to_string(about.rounds) +
                     " rounds, medians; lines: least to most")
         << bars.str() << "</svg>\n"
         << std::flush;
    if (!file)
        throw std::runtime_error{"cannot write " + to.string()};
}

} // namespace rtkhooks::bench
