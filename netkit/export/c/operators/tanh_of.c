/* tanh as x P(x * x) / Q(x * x): a rational function fitted on -9..9, within 4e-7. It has
 * no branches, so that a compiler does several numbers at once. */
NET_CALL float net_tanh_of(float x)
{
    float s, p, q;
    x = x > 9.0f ? 9.0f : x;
    x = x < -9.0f ? -9.0f : x;
    s = x * x;
    p = s * -8.488804955188514e-14f + 5.277987769058967e-11f;
    p = p * s + -2.022531297996011e-08f;
    p = p * s + 1.1154331332363654e-05f;
    p = p * s + 0.0031039584428071976f;
    p = p * s + 0.13084012269973755f;
    p = p * s + 1.0f;
    q = s * 0.00025461483164690435f + 0.024495188146829605f;
    q = q * s + 0.46417340636253357f;
    q = q * s + 1.0f;
    return x * p / q;
}
