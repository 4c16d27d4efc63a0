import { show } from "../shared/shell";
import { Docs } from "./docs";

show(<Docs />);
