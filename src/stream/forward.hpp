// The forward pass, written once. A shape is what runs it, in blocks (block_shape.hpp) or in columns
// (column_shape.hpp): it knows where values stand and how a product runs, and gives the pass these verbs. c is the
// condition, g the speaker's embedding, acc the sum of the skips.
//
//   Area x = begin()                  what the network reads [inputs]; of classes, what they are embedded as [channels]
//   Area acc = begin_sum()            the bias of the first sum [skip channels]
//   Area v = input(stack, x)          [channels]
//   z = conv(layer, v)                conv(v) + mixin(c) + speaker(g)  [z channels]
//   u = gate(layer, z)                f(z) | f(z₁)·s(z₂) | a blend of both  [bottleneck]
//   skip(layer, u, acc)               acc += skip(u)
//   Area v = residual(layer, u, v)    v + residual(u); nothing behind the last layer
//   Area acc = head(stack, acc)       [head channels]; as it is, where the stack has none
//   Area x = post(post, x)            conv | LSTM | filter, of the activated x
//   end(x)                            output [rows]: x + input_skip · input
//
// What a shape finds in one kernel it runs at one go, in the first of these verbs, and says so in what this returns: z
// and u are of the shape's own types.
#pragma once

#include "stream/area.hpp"

namespace atrous::stream {

// A layer with FiLM: a modulation may stand between any two of its parts, so that they run one by one.
//
//   z = FiLM(FiLM(conv(FiLM(v))) + FiLM(mixin(FiLM(c))));  u = FiLM(gate(z))
//   acc += FiLM(skip(u));  v += FiLM(residual(u)), to the v that came in
//
// The verbs for it: once(work) runs what the threads that share a step do not share; film(plan, area) is nothing where
// the plan is absent; kept(v), part(), mixed() and condition() are areas; multiply(product, in, start, out) adds to
// what stands in `start`, if anything; add(sum, area, rows); next(layer, v) is where v goes.
template <class Shape>
Area modulated_layer(const network::LayerPlan& layer, Shape& shape, Area v, Area acc) noexcept {
  using enum model::FilmPoint;
  const auto film = [&](model::FilmPoint point, Area area) { shape.film(layer.film_at(point), area); };
  const auto modulates = [&](model::FilmPoint point) { return layer.film_at(point).width > 0; };
  const Area from = modulates(conv_pre) ? shape.kept() : v, part = shape.part();
  shape.once([&] {
    if (modulates(conv_pre)) shape.copy(v, layer.conv.in, from);
    film(conv_pre, v);
  });
  const auto z = shape.conv(layer, v);
  const Area next = shape.next(layer, v);
  shape.once([&] {
    film(conv_post, z);
    Area c = shape.condition();
    if (modulates(mixin_pre)) {
      shape.copy(c, layer.film_at(mixin_pre).width, part);
      film(mixin_pre, c = part);
    }
    shape.multiply(layer.mixin, c, {}, shape.mixed());
    film(mixin_post, shape.mixed());
    shape.add(z, shape.mixed(), layer.conv.out);
    film(activation_pre, z);

    const auto u = shape.gate(layer, z);
    film(activation_post, u);
    const auto add_modulated = [&](const network::Pointwise& product, model::FilmPoint point, Area sum) {
      shape.multiply(product, u, {}, part);
      film(point, part);
      shape.add(sum, part, product.rows());
    };
    if (modulates(skip_post))
      add_modulated(layer.skip, skip_post, acc);
    else if (layer.identity_skip)
      shape.add(acc, u, layer.bottleneck);
    else
      shape.multiply(layer.skip, u, acc, acc);

    if (!next.data) return;
    if (layer.residual.empty() || modulates(residual_post)) shape.copy(from, layer.conv.in, next);
    if (modulates(residual_post))
      add_modulated(layer.residual, residual_post, next);
    else if (!layer.residual.empty())
      shape.multiply(layer.residual, u, from, next);
    shape.carry(layer, next);
  });
  return next;
}

template <class Shape>
[[gnu::always_inline]] inline void forward(const network::Plan& plan, Shape& shape) noexcept {
  Area v = shape.begin(), acc = shape.begin_sum();
  for (const network::StackPlan& stack : plan.stacks) {
    v = shape.input(stack, v);  // [channels]
    for (const network::LayerPlan& layer : stack.layers) {
      if (layer.modulated) {
        v = modulated_layer(layer, shape, v, acc);
        continue;
      }
      const auto z = shape.conv(layer, v);  // [z channels]
      const auto u = shape.gate(layer, z);  // [bottleneck]
      shape.skip(layer, u, acc);            // [skip channels]
      v = shape.residual(layer, u, v);      // [channels]
    }
    acc = shape.head(stack, acc);  // [head channels]
  }
  for (const network::PostPlan& post : plan.post) acc = shape.post(post, acc);
  shape.end(acc);
}

}  // namespace atrous::stream
