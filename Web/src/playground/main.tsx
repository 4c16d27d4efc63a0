import { show } from "../shared/shell";
import { Playground } from "./playground";

show(<Playground />);
