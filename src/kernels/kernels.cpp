// The vector kernels. Compiled once per instruction set (cmake/AtrousKernels.cmake); exports one table, ATROUS_TABLE.
// The files under vector/ are its parts.
#include "kernels/vector/block.hpp"
#include "kernels/vector/fir.hpp"
#include "kernels/vector/gate.hpp"
#include "kernels/vector/gru.hpp"
#include "kernels/vector/int8.hpp"
#include "kernels/vector/lstm.hpp"
#include "kernels/vector/peaks.hpp"

namespace atrous::kernels {

extern const Kernels ATROUS_TABLE = {.name = ATROUS_KERNELS_NAME,
                                     .lanes = lanes,
                                     .block_rows = block_rows,
                                     .lone_rows = lone_rows,
                                     .tall_rows = tall_rows,
                                     .column_vectors = column_vectors,
                                     .product_block = product_block,
                                     .layer_block = layer_block,
                                     .product_columns = product_columns,
                                     .gate = gate,
                                     .add = add,
                                     .modulate = modulate,
                                     .weighted_sum = weighted_sum,
                                     .lstm = lstm,
                                     .gru = gru,
                                     .fir = fir,
                                     .multiply_spectra = multiply_spectra,
                                     .spin_fma = spin_fma,
                                     .read_all = read_all};

}  // namespace atrous::kernels
