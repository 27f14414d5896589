"""The GPU's kernels, as cupy.ElementwiseKernel takes them: inputs, outputs, C for an element.

The text is run for each element i of the output. Each kernel is one pass over memory where slices
or array operations would take several. `raw` arrays are indexed in the text, images last: element
((map * height + row) * width + column) * n + image.
"""

SIZES = (
    "int32 kh, int32 kw, int32 sh, int32 sw, int32 height, int32 width, int32 oh, int32 ow, int32 n"
)
# Of window (row, column), the pixel (a, b).
PIXEL = "x[((map * height + row * sh + a) * width + column * sw + b) * n + image]"


def over_window(start: str, each: str, end: str) -> str:
    """Return a kernel whose element is a window: `each` is done at all of its pixels (a, b)."""
    return f"""
    long long image = i % n, at = i / n;
    int column = at % ow, row = (at / ow) % oh;
    long long map = at / ow / oh;
    {start}
    for (int a = 0; a < kh; ++a)
        for (int b = 0; b < kw; ++b) {{
            {each}
        }}
    {end}
    """


def over_pixel(each: str) -> str:
    """Return a kernel whose element is a pixel: the `sum` over its windows.

    These are the windows (top / sh, left / sw), in which it is the pixel (a, b).
    """
    return f"""
    long long image = i % n, at = i / n;
    int column = at % width, row = (at / width) % height;
    long long map = at / width / height;
    T sum = 0;
    for (int a = 0; a < kh; ++a) {{
        int top = row - a;
        if (top < 0 || top % sh || top / sh >= oh) continue;
        for (int b = 0; b < kw; ++b) {{
            int left = column - b;
            if (left < 0 || left % sw || left / sw >= ow) continue;
            {each}
        }}
    }}
    dx = sum;
    """


KERNELS = {
    "windows": (
        f"raw T x, {SIZES}",
        "T col",
        f"""
    long long image = i % n, at = i / n;
    int column = at % ow, row = (at / ow) % oh;
    int b = (at / ow / oh) % kw, a = (at / ow / oh / kw) % kh;
    long long map = at / ow / oh / kw / kh;
    col = {PIXEL};
    """,
    ),
    "unwindow": (
        f"raw T cols, {SIZES}",
        "T dx",
        over_pixel(
            "sum += cols[((((map * kh + a) * kw + b) * oh + top / sh) * ow + left / sw) * n"
            " + image];"
        ),
    ),
    "maxpool": (
        f"raw T x, {SIZES}",
        "T y",
        over_window(
            "T most = x[((map * height + row * sh) * width + column * sw) * n + image];",
            f"T v = {PIXEL}; if (v > most || v != v) most = v;",
            "y = most;",
        ),
    ),
    "maxpool_back": (
        f"raw T x, raw T y, raw T dy, {SIZES}",
        "T dx",
        over_pixel("""
            long long window = ((map * oh + top / sh) * ow + left / sw) * n + image;
            if (x[i] != y[window]) continue;
            bool first = true;
            for (int p = 0; first && p <= a; ++p)
                for (int q = 0; q < (p < a ? kw : b); ++q) {
                    T other = x[((map * height + top + p) * width + left + q) * n + image];
                    if (other == y[window]) first = false;
                }
            if (first) sum += dy[window];"""),
    ),
    "sumpool": (
        f"raw T x, {SIZES}",
        "T y",
        over_window("T sum = 0;", f"sum += {PIXEL};", "y = sum;"),
    ),
    "sumpool_back": (
        f"raw T dy, {SIZES}",
        "T dx",
        over_pixel("sum += dy[((map * oh + top / sh) * ow + left / sw) * n + image];"),
    ),
    "tanh_back": ("T x, T y, T dy", "T dx", "dx = dy * (1 - y * y);"),
    "sigmoid": ("T x", "T y", "y = (T)0.5 * tanh((T)0.5 * x) + (T)0.5;"),
    "sigmoid_back": ("T x, T y, T dy", "T dx", "dx = dy * y * (1 - y);"),
    "tanh": ("T x", "T y", "y = tanh(x);"),
    "relu": ("T x", "T y", "y = x < 0 ? 0 : x;"),
    "relu_back": ("T x, T y, T dy", "T dx", "dx = y > 0 ? dy : 0;"),
    "abs": ("T x", "T y", "y = x < 0 ? -x : x;"),
    "abs_back": ("T x, T y, T dy", "T dx", "dx = x > 0 ? dy : x < 0 ? -dy : 0;"),
}
