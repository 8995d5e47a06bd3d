#include "resources/registry.h"

int main() { return holdfast::all_kinds().kinds().empty() ? 1 : 0; }
