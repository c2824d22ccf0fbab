// A layer with FiLM: its parts one by one, since a modulation stands between them.
#include "stream/block.hpp"

namespace atrous::stream {
// area = area · scale(condition) + shift(condition); nothing where the film is absent
void BlockStream::modulate(const network::FilmPlan& film, int frames, Area area) noexcept {
  if (film.width == 0) return;
  const Area rows = chunk(film_);
  plan_.kernels->product_block(film.scale_shift.view(), {&condition_rows_, nullptr, 0, rows.data, rows.stride, frames});
  const float* shift = film.shift ? rows.data + film.width * rows.stride : nullptr;
  plan_.kernels->modulate(area.data, area.stride, rows.data, shift, rows.stride, film.width, frames);
}

// z = FiLM(FiLM(conv(FiLM(v))) + FiLM(mixin(FiLM(condition)))); u = FiLM(gate(z));
// acc += FiLM(skip(u)); next = v + FiLM(residual(u))
void BlockStream::run_modulated_layer(const network::LayerPlan& layer, const BlockQueue& queue, int frames, Area acc,
                                      const Area* next) noexcept {
  using enum model::FilmPoint;
  const kernels::Kernels& k = *plan_.kernels;
  const Area z = chunk(z_), u = chunk(u_), part = chunk(part_), heard = queue.current(arena_);
  Area v = heard;
  if (layer.film_at(conv_pre).width > 0) {  // the queue keeps what the conv hears, the residual adds to what came in
    v = chunk(kept_);
    copy_rows(heard, layer.conv.in, frames, v);
    modulate(layer.film_at(conv_pre), frames, heard);
  }
  queue.mirror(arena_, frames);
  convolve_layer(layer, queue, frames, z);
  modulate(layer.film_at(conv_post), frames, z);

  kernels::Rows condition = condition_rows_;
  if (layer.film_at(mixin_pre).width > 0) {
    copy_rows(condition, plan_.condition_channels, frames, part);
    modulate(layer.film_at(mixin_pre), frames, part);
    condition = part;
  }
  const Area mixed = chunk(mixed_);
  k.product_block(layer.mixin.view(), {&condition, nullptr, 0, mixed.data, mixed.stride, frames});
  modulate(layer.film_at(mixin_post), frames, mixed);
  k.add(z.data, z.stride, mixed.data, mixed.stride, layer.conv.out, frames);
  modulate(layer.film_at(activation_pre), frames, z);

  k.gate({layer.gating, &layer.activation, &layer.secondary, z.data, z.stride, layer.bottleneck * z.stride, u.data,
          u.stride, layer.bottleneck, frames, false});
  modulate(layer.film_at(activation_post), frames, u);
  emit_modulated(layer, u, v, frames, acc, next);
}

// As emit(), but what a film modulates is computed apart and then added.
void BlockStream::emit_modulated(const network::LayerPlan& layer, Area u, Area v, int frames, Area acc,
                                 const Area* next) noexcept {
  using enum model::FilmPoint;
  const kernels::Kernels& k = *plan_.kernels;
  const Area part = chunk(part_);
  const kernels::Rows gated = u;
  const auto add_modulated = [&](const network::Product& product, const network::FilmPlan& film, Area sum) {
    k.product_block(product.view(), {&gated, nullptr, 0, part.data, part.stride, frames});
    modulate(film, frames, part);
    k.add(sum.data, sum.stride, part.data, part.stride, film.width, frames);
  };
  const bool skip_apart = layer.film_at(skip_post).width > 0;
  if (skip_apart)
    add_modulated(layer.skip, layer.film_at(skip_post), acc);
  else
    emit_skip(layer, u, frames, acc);

  if (!next) return;
  if (layer.film_at(residual_post).width == 0) return emit_residual(layer, u, v, frames, *next);
  copy_rows(v, layer.conv.in, frames, *next);
  add_modulated(layer.residual, layer.film_at(residual_post), *next);
}

}  // namespace atrous::stream
