# SPDX-License-Identifier: GPL-2.0-only
"""A bar chart as SVG, with a logarithmic scale, for light and dark pages."""

import math
from collections.abc import Sequence
from html import escape

# In pixels.
ROW, LABELS, BARS, VALUES, TOP = 22, 330, 480, 90, 40
STYLE = (
    "text{font:13px sans-serif;fill:#333}.ours{fill:#2a7ae2}.other{fill:#9aa4ad}.title{font-weight:bold}"
    ".grid{stroke:#8886;stroke-dasharray:2 3}@media(prefers-color-scheme:dark){text{fill:#ddd}}"
)


def draw(title: str, bars: Sequence[tuple[str, bool, float]]) -> str:
    """One bar for each (label, whether it is ours, value); values are above 0."""
    first = math.floor(math.log10(min(value for _, _, value in bars)))
    last = math.ceil(math.log10(max(value for _, _, value in bars)))
    width, height = LABELS + BARS + VALUES, TOP + ROW * len(bars) + 30

    def x(value: float) -> float:
        return LABELS + BARS * (math.log10(value) - first) / max(1, last - first)

    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">',
        "<!-- SPDX-License-Identifier: GPL-2.0-only -->",
        f"<style>{STYLE}</style>",
        f'<text class="title" x="8" y="20">{escape(title)}</text>',
    ]
    bottom = TOP + ROW * len(bars)
    for power in range(first, last + 1):
        at = x(10**power)
        lines.append(f'<line class="grid" x1="{at:.0f}" y1="{TOP - 8}" x2="{at:.0f}" y2="{bottom}"/>')
        lines.append(f'<text x="{at:.0f}" y="{bottom + 18}" text-anchor="middle">{10**power:,}</text>')
    for row, (label, is_ours, value) in enumerate(bars):
        y = TOP + ROW * row
        kind = "ours" if is_ours else "other"
        lines.append(f'<text x="{LABELS - 8}" y="{y + 12}" text-anchor="end">{escape(label)}</text>')
        lines.append(f'<rect class="{kind}" x="{LABELS}" y="{y}" width="{max(1, x(value) - LABELS):.0f}" height="15"/>')
        lines.append(f'<text x="{x(value) + 6:.0f}" y="{y + 12}">{value:,.0f}</text>')
    return "\n".join([*lines, "</svg>", ""])
