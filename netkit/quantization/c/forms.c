/* One form of the operators over several images: FORM(name), its name, and TARGET, for which
 * processor; see native.c. FLAT lets the operators become part of it, so that they are compiled for
 * that processor too. */
#define FUNCTION(name)                                                                            \
    TARGET FLAT static void FORM(name)(int64_t n, int64_t xs, int64_t zs, int64_t ys, void **p,   \
                                       const int *s)

FUNCTION(conv)
{
    (void)zs;
    IMAGES net8_conv(X, Y(1), p[2], p[3], p[4], p[5], s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7],
                     s[8], s[9], s[10], s[11], s[12], s[13], s[14], s[15], s[16], s[17], s[18]);
}

FUNCTION(scores)
{
    (void)zs;
    IMAGES net8_scores(X, (float *)p[1] + k * ys, p[2], p[3], p[4], s[0], s[1], s[2], s[3], s[4],
                       s[5], s[6], s[7], s[8], s[9], s[10], s[11], s[12], s[13], s[14], s[15]);
}

FUNCTION(table)
{
    (void)zs;
    IMAGES net8_table(X, Y(1), p[2], s[0], s[1]);
}

FUNCTION(add)
{
    IMAGES net8_add(X, Z, Y(2), s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], s[9], s[10],
                    s[11], s[12], s[13]);
}

FUNCTION(multiply)
{
    IMAGES net8_multiply(X, Z, Y(2), s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], s[9],
                         s[10], s[11], s[12]);
}

FUNCTION(maxpool)
{
    (void)zs;
    IMAGES net8_maxpool(X, Y(1), s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]);
}

FUNCTION(meanpool)
{
    (void)zs;
    IMAGES net8_meanpool(X, Y(1), s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], s[9], s[10],
                         s[11], s[12], s[13]);
}

FUNCTION(join)
{
    (void)zs;
    IMAGES net8_join(X, Y(1), s[0], s[1], s[2], s[3], s[4]);
}

FUNCTION(pad)
{
    (void)zs;
    IMAGES net8_pad(X, Y(1), s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8]);
}

FUNCTION(cut)
{
    (void)zs;
    IMAGES net8_cut(X, Y(1), s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], s[9], s[10]);
}

FUNCTION(contrast)
{
    (void)zs;
    IMAGES net8_contrast(X, Y(1), p[2], p[3], p[4], p[5], s[0], s[1], s[2], s[3], s[4], s[5], s[6],
                         s[7], s[8], s[9], s[10], s[11], s[12], s[13], s[14], s[15], s[16], s[17]);
}

#undef FUNCTION
#undef FORM
#undef TARGET
