import { show } from "../shared/shell";
import { Operations } from "./operations";

show(<Operations />);
