/* How two arrays meet, number by number: y has rows, columns and maps, and from one of them to the
 * next a and b go on by so many numbers: 0 if they have but one for all. */
typedef struct {
    int rows, columns, maps;
    int a_row, a_column, a_map, b_row, b_column, b_map;
} net_spread;
