import { handBack } from './sign-in';

handBack();
