// How the members of a team share a step: each computes some rows of every product, so that what is a sum stays one and
// any number of them gives the same bits. They meet before anyone reads what another may have written.
#pragma once

#include "network/product.hpp"
#include "stream/team.hpp"

namespace atrous::stream {

// Of a product, the rows that a member computes.
struct Share {
  kernels::ProductView product;
  int row = 0, rows = 0;
};

// What one member sees of it; without a team, it does all by itself.
class Sharing {
 public:
  Sharing() = default;
  Sharing(Team* team, int member) noexcept : team_(team), member_(member) {}

  int member() const noexcept { return member_; }
  bool first() const noexcept { return member_ == 0; }
  void meet() const noexcept {
    if (team_) team_->barrier();
  }

  // Runs of tiles, as even as possible, each starting on a row where whole vectors may be written.
  Share of(const network::Product& product) const noexcept {
    Share share{product.view(), 0, product.rows()};
    if (!team_) return share;
    const kernels::Tile* const tiles = share.product.tiles;
    const int begin = first_tile(share.product, member_), end = first_tile(share.product, member_ + 1);
    share.product.tiles = tiles + begin;
    share.product.tile_count = end - begin;
    share.row = begin < end ? tiles[begin].row : 0;
    share.rows = begin < end ? tiles[end - 1].row + tiles[end - 1].rows - share.row : 0;
    return share;
  }

 private:
  int first_tile(const kernels::ProductView& product, int member) const noexcept {
    int tile = product.tile_count * member / team_->size();
    while (tile > 0 && tile < product.tile_count && product.tiles[tile].row % kernels::max_lanes != 0) --tile;
    return tile;
  }

  Team* team_ = nullptr;
  int member_ = 0;
};

}  // namespace atrous::stream
