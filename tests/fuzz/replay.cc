// Runs a fuzz target over the files of its corpus, so that the ordinary tests need no fuzzing compiler.
//
//   query_fuzz DIRECTORY|FILE…

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

// Of exactly its size, so that a sanitizer sees a read past the end.
std::vector<uint8_t> read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<uint8_t> octets{std::istreambuf_iterator<char>(file), {}};
  octets.shrink_to_fit();
  return octets;
}

int replay(const std::filesystem::path& path) {
  if (std::filesystem::is_directory(path)) {
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(path)) count += replay(entry.path());
    return count;
  }
  const auto octets = read(path);
  std::printf("%s: %zu octets\n", path.c_str(), octets.size());
  std::fflush(stdout);  // should it crash, the last line names the input
  LLVMFuzzerTestOneInput(octets.data(), octets.size());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  int count = 0;
  for (int i = 1; i < argc; ++i) count += replay(argv[i]);
  std::printf("%d inputs\n", count);
  return count == 0;  // an empty corpus tests nothing
}
