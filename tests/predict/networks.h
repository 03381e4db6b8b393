#pragma once
// Networks to predict: a published matrix, the same made worse, and made-up ones.

#include <string>
#include <vector>

#include "predict/place.h"

namespace isochrone::predict {

struct Network {
  std::string name;
  std::vector<Place> places;
  std::vector<std::vector<double>> truth;     // [client][region], ms
  std::vector<std::vector<double>> measured;  // what a vantage at [client] says; NaN where nothing
};

// Places and median RTTs of a large cloud; empty where the data folder is not there ($ISOCHRONE_SHARED, or ../shared).
Network azure(const std::string& file = "azure-inter-region-rtt.csv");

struct Noise {
  double jitter = 0;        // log-normal, sd of the logarithm
  double access_ms = 0;     // exponential, mean: what each place adds to all its paths
  double asymmetry_ms = 0;  // normal, sd: by direction
  double missing = 0;       // share of cells not measured
  double wrong = 0;         // share of cells that are off by a factor of up to four
};
Network with_noise(const Network& clean, const Noise& noise, unsigned seed, std::string name);

// Cities on made-up continents, each cabled to its nearest neighbours and a few far ones; paths go where cables do.
Network cables(int cities, int neighbours, unsigned seed, std::string name);

// Share answered with the lowest RTT, mean excess over it and its 99th percentile, over random sets of six regions.
struct Score {
  double optimal = 0, excess_ms = 0, p99_ms = 0;
};

// What gateways see of clients at some places, which are then nobody's clients in the trial: each network comes to the
// nearest three of six gateways drawn for it. Its RTTs are 5 % off and hold its access network: exponential, mean.
struct Seen {
  int places = 0;
  double access_ms = 20;
  double lie = 1;      // other than 1: the first place's gateway sees all of them, and multiplies what it says by this
  bool teaches = true;
};

struct Trial {
  int vantages = 8, known = 0, draws = 4, sets = 40;
  unsigned seed = 1;
  bool own_region = false;  // a client's own region may be among the six, half a millisecond away
  Seen seen = {};
};
enum class Method { GreatCircle, InverseDistance, Model };
Score score(const Network& network, Method method, const Trial& trial);

}  // namespace isochrone::predict
