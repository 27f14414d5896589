"""The GPU's kernels, as cupy.ElementwiseKernel takes them: inputs, outputs, C for the element i of the output.

Each is one pass over memory where slices or array operations would take several. `raw` arrays are indexed in the text,
images last: element ((map * height + row) * width + column) * n + image.
"""

SIZES = "int32 kh, int32 kw, int32 sh, int32 sw, int32 height, int32 width, int32 oh, int32 ow, int32 n"
POOL = "    long long image = i % n, at = i / n;\n    int column = at % ow, row = (at / ow) % oh;\n"
POOL += "    long long map = at / ow / oh;\n"

KERNELS = {
    "windows": (
        f"raw T x, {SIZES}",
        "T col",
        """
    long long image = i % n, at = i / n;
    int column = at % ow, row = (at / ow) % oh, b = (at / ow / oh) % kw, a = (at / ow / oh / kw) % kh;
    long long map = at / ow / oh / kw / kh;
    col = x[((map * height + row * sh + a) * width + column * sw + b) * n + image];
    """,
    ),
    "unwindow": (
        "raw T cols, int32 kh, int32 kw, int32 oh, int32 ow, int32 n, int32 sh, int32 sw, int32 height, int32 width",
        "T dx",
        """
        long long image = i % n, at = i / n;
        int column = at % width, row = (at / width) % height;
        long long map = at / width / height;
        T sum = 0;
        for (int a = 0; a < kh; ++a) {
            int top = row - a;
            if (top < 0 || top % sh || top / sh >= oh) continue;
            for (int b = 0; b < kw; ++b) {
                int left = column - b;
                if (left < 0 || left % sw || left / sw >= ow) continue;
                sum += cols[((((map * kh + a) * kw + b) * oh + top / sh) * ow + left / sw) * n + image];
            }
        }
        dx = sum;
        """,
    ),
    "maxpool": (
        f"raw T x, {SIZES}",
        "T y",
        POOL
        + """
    T most = x[((map * height + row * sh) * width + column * sw) * n + image];
    for (int a = 0; a < kh; ++a)
        for (int b = 0; b < kw; ++b) {
            T v = x[((map * height + row * sh + a) * width + column * sw + b) * n + image];
            if (v > most || v != v) most = v;
        }
    y = most;
    """,
    ),
    "maxpool_back": (
        "raw T x, raw T y, raw T dy, int32 kh, int32 kw, int32 sh, int32 sw, int32 height, int32 width, int32 oh, "
        "int32 ow, int32 n",
        "T dx",
        """
        long long image = i % n, at = i / n;
        int column = at % width, row = (at / width) % height;
        long long map = at / width / height;
        T sum = 0;
        for (int a = 0; a < kh; ++a) {
            int top = row - a;
            if (top < 0 || top % sh || top / sh >= oh) continue;
            for (int b = 0; b < kw; ++b) {
                int left = column - b;
                if (left < 0 || left % sw || left / sw >= ow) continue;
                long long window = ((map * oh + top / sh) * ow + left / sw) * n + image;
                if (x[i] != y[window]) continue;
                bool first = true;
                for (int p = 0; first && p <= a; ++p)
                    for (int q = 0; q < (p < a ? kw : b); ++q)
                        if (x[((map * height + top + p) * width + left + q) * n + image] == y[window]) first = false;
                if (first) sum += dy[window];
            }
        }
        dx = sum;
        """,
    ),
    "sumpool": (
        f"raw T x, {SIZES}",
        "T y",
        POOL
        + """
    T sum = 0;
    for (int a = 0; a < kh; ++a)
        for (int b = 0; b < kw; ++b)
            sum += x[((map * height + row * sh + a) * width + column * sw + b) * n + image];
    y = sum;
    """,
    ),
    "sumpool_back": (
        f"raw T dy, {SIZES}",
        "T dx",
        """
    long long image = i % n, at = i / n;
    int column = at % width, row = (at / width) % height;
    long long map = at / width / height;
    T sum = 0;
    for (int a = 0; a < kh; ++a) {
        int top = row - a;
        if (top < 0 || top % sh || top / sh >= oh) continue;
        for (int b = 0; b < kw; ++b) {
            int left = column - b;
            if (left < 0 || left % sw || left / sw >= ow) continue;
            sum += dy[((map * oh + top / sh) * ow + left / sw) * n + image];
        }
    }
    dx = sum;
    """,
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
