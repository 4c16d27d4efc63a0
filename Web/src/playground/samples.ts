import astronaut from "./samples/astronaut.webp";
import cat from "./samples/cat.webp";
import coffee from "./samples/coffee.webp";
import galaxies from "./samples/galaxies.webp";
import photographer from "./samples/photographer.webp";
import rocket from "./samples/rocket.webp";

/** Pictures that come along (samples/README.md has their credits). The small ones are shown; the whole one is fetched when it is picked. */
export const samples = [
  { file: "photographer.png", title: "Photographer", thumbnail: photographer },
  { file: "cat.png", title: "Cat", thumbnail: cat },
  { file: "astronaut.jpg", title: "Astronaut", thumbnail: astronaut },
  { file: "coffee.jpg", title: "Coffee", thumbnail: coffee },
  { file: "rocket.jpg", title: "Rocket", thumbnail: rocket },
  { file: "galaxies.jpg", title: "Galaxies", thumbnail: galaxies },
] as const;
