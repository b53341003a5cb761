"""Links between units: parcels kept until the neighbour has them, requests that pass, and two engines to carry both."""
