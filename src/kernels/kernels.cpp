// The vector kernels. Compiled once per instruction set (cmake/AtrousKernels.cmake); exports one table. The files under
// vector/ are its parts.
#include "kernels/vector/block.hpp"
#include "kernels/vector/fir.hpp"
#include "kernels/vector/gate.hpp"
#include "kernels/vector/int8.hpp"
#include "kernels/vector/lstm.hpp"
#include "kernels/vector/peaks.hpp"

#if defined(ATROUS_KERNELS_sse2)
#define ATROUS_TABLE table_sse2
#elif defined(ATROUS_KERNELS_avx2)
#define ATROUS_TABLE table_avx2
#elif defined(ATROUS_KERNELS_avx512)
#define ATROUS_TABLE table_avx512
#elif defined(ATROUS_KERNELS_avx512vnni)
#define ATROUS_TABLE table_avx512vnni
#else
#define ATROUS_TABLE table_neon
#endif

namespace atrous::kernels {

extern const Kernels ATROUS_TABLE;
const Kernels ATROUS_TABLE = {isa,
                              lanes,
                              block_rows,
                              lone_rows,
                              tall_rows,
                              column_vectors,
                              product_block,
                              layer_block,
                              product_columns,
                              gate,
                              add,
                              modulate,
                              weighted_sum,
                              lstm,
                              fir,
                              multiply_spectra,
                              spin_fma,
                              read_all};

}  // namespace atrous::kernels
